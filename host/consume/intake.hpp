// SPDX-License-Identifier: Apache-2.0
//
// Reads partitions: takes what the client has fetched of one, enters it in tracker and books, and
// queues it in its lanes. Errors that come as messages are sorted out here.
//
// Each partition has a queue of its own in the client, so that what may not be read of one stands
// in nobody's way. The client's common queue brings errors and rebalances, whose callbacks run
// while it is served, and never while a partition is read.
// Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/base/log_limit.hpp"
#include "host/consume/consumer_state.hpp"
#include "host/consume/due_gate.hpp"
#include "host/consume/held_way.hpp"

namespace tidegate {

class Intake {
 public:
  // All outlive the intake. common: the client's consumer queue. wakeup: of the poll thread.
  Intake(ConsumerState& state, rd_kafka_queue_t* common, Wakeup& wakeup, DueGate& gate,
         HeldWay& way);

  struct Batch {
    std::uint64_t taken = 0;     // whatever the client returned, errors included
    std::uint64_t messages = 0;  // that were new and ours
    std::uint64_t bytes = 0;     // of keys and values
    std::uint64_t left = 0;      // that the client has fetched ahead
  };
  // Serves the client's callbacks, and up to `most` of what else waits there.
  void serve(std::uint32_t most);
  // Reads up to `most` messages of a partition, without waiting, and adds them to `batch`.
  void read(const PartitionEpochPtr& epoch, std::uint32_t most, Batch& batch);
  // at_most_once: dispatches what acknowledged commits now cover.
  void admit_committed();
  // Dispatches messages of retry topics whose time has come.
  void admit_due();
  // Partitions that the client has stopped reading: the log does not have their position, or they
  // could not be sought back.
  [[nodiscard]] std::vector<PartitionEpochPtr> take_stopped() {
    return std::exchange(stopped_, {});
  }

 private:
  // What is being read: messages of one partition between two errors.
  struct Run {
    PartitionEpochPtr epoch;     // null: to be discarded
    std::uint64_t messages = 0;  // with those of the runs before
    std::uint64_t bytes = 0;
    std::uint64_t bytes_again = 0;
    std::uint64_t bytes_in_all = 0;
  };

  [[nodiscard]] bool skip_finished();
  void recall_crashes(PartitionEpoch& epoch);
  [[nodiscard]] bool admit_due_soon();
  void begin_run(const PartitionEpochPtr& epoch);
  void add(rd_kafka_message_t* message, MonotonicTime now);
  void read_again(rd_kafka_message_t* raw);
  void admit_again(MonotonicTime now);
  void end_run(MonotonicTime now);
  void on_error(const rd_kafka_message_t& message);
  void on_unreadable(const PartitionEpochPtr& epoch, const rd_kafka_message_t& message);
  void on_astray(const rd_kafka_message_t& message);
  void seek_back();

  ConsumerState& state_;
  rd_kafka_queue_t* const common_;
  Wakeup& wakeup_;
  DueGate& gate_;
  HeldWay& way_;
  std::vector<rd_kafka_message_t*> batch_;
  std::vector<Item> items_;  // of the current run
  std::vector<Item> again_;  // of the current run: released messages that a pass brings back
  Run run_;
  std::vector<PartitionEpochPtr> astray_;  // of which messages came by the common queue
  std::vector<PartitionEpochPtr> stopped_;
  log::RateLimit errors_;
};

}  // namespace tidegate
