// SPDX-License-Identifier: Apache-2.0
//
// Takes one batch from librdkafka, checks each run against the epochs, enters it in tracker and
// books, and queues it in its lanes. Errors that come as messages are sorted out here.
//
// A rebalance callback may run inside the batch call, so a batch can hold messages of partitions
// that were given away, or given away and got back, while it was gathered. Both are discarded; a
// partition that was got back is sought to its position, so that nothing of it is passed over.
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
  // All outlive the intake.
  Intake(ConsumerState& state, rd_kafka_queue_t* queue, DueGate& gate, HeldWay& way);

  struct Batch {
    std::uint32_t taken = 0;     // whatever the client returned, errors included
    std::uint64_t messages = 0;  // that were new and ours
    std::uint64_t bytes = 0;     // of keys and values
    std::size_t left = 0;        // that the client has fetched ahead
  };
  // Takes up to `most` without waiting; serves the client's callbacks.
  Batch take(std::uint32_t most);
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
  // The current run: consecutive messages of one partition.
  struct Run {
    PartitionEpochPtr epoch;  // null: not ours
    const rd_kafka_topic_t* topic = nullptr;
    std::int32_t partition = -1;
    std::uint64_t bytes = 0;
    std::uint64_t bytes_again = 0;
  };

  [[nodiscard]] bool skip_finished();
  void recall_crashes(PartitionEpoch& epoch);
  [[nodiscard]] bool admit_due_soon();
  void begin_run(const rd_kafka_message_t& message);
  void add(rd_kafka_message_t* message, MonotonicTime now);
  void read_again(rd_kafka_message_t* raw);
  void admit_again(MonotonicTime now);
  void end_run(MonotonicTime now);
  void on_error(const rd_kafka_message_t& message);
  void on_unreadable(const PartitionEpochPtr& epoch, const rd_kafka_message_t& message);
  [[nodiscard]] bool usable(const PartitionEpochPtr& epoch);
  void seek_back();

  ConsumerState& state_;
  rd_kafka_queue_t* const queue_;
  DueGate& gate_;
  HeldWay& way_;
  std::vector<rd_kafka_message_t*> batch_;
  std::vector<Item> items_;  // of the current run
  std::vector<Item> again_;  // of the current run: released messages that a pass brings back
  Run run_;
  Batch totals_;
  Epoch oldest_new_epoch_{};  // epochs from here on began during the batch call
  std::vector<PartitionEpochPtr> began_meanwhile_;
  std::vector<PartitionEpochPtr> stopped_;
  log::RateLimit errors_;
};

}  // namespace tidegate
