// SPDX-License-Identifier: Apache-2.0
//
// Sends positions to the brokers: one coalesced commit in flight, on an interval, after so many
// finished messages, or when the consumer falls idle; synchronously at revoke, at stop and in
// commit.mode = "sync". With each goes the resume map of what is finished above it, and a map that
// has changed is committed like a position that has. With at_most_once it runs ahead of handling
// instead of behind it.
// Thread rule: [poll] of the owning consumer.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "host/base/log_limit.hpp"
#include "host/consume/consumer_state.hpp"
#include "host/consume/resume_maps.hpp"

namespace tidegate {

class Committer {
 public:
  explicit Committer(ConsumerState& state) : state_(state), maps_(state) {}

  // Starts a commit when one is due. idle: nothing to fetch, nothing in flight.
  enum class Load : std::uint8_t { busy, idle };
  void tick(MonotonicTime now, Load load);
  // When tick() should be called at the latest; empty: nothing to commit.
  [[nodiscard]] std::optional<MonotonicTime> next_due(Load load) const;
  // The answer to a commit that tick() started.
  void answered(rd_kafka_event_t* event);
  // How a commit that was waited for ended; the reason of a failure is logged.
  enum class Ended : std::uint8_t {
    committed,
    passing,  // failed by something that passes: a rebalance, a coordinator that moves, a broker
              // away
    refused,
  };
  // Commits what these partitions have finished and waits for the answer, at most until the time
  // given.
  Ended commit_now(const std::vector<PartitionEpochPtr>& epochs, MonotonicTime until);

  // The position that may be committed: of what is finished (invariant 2), or with at_most_once of
  // what was read.
  [[nodiscard]] Position target(const PartitionEpoch& epoch) const;
  [[nodiscard]] bool in_flight() const { return !sent_.empty(); }

 private:
  using Sent = SentPosition;

  // Whether there is anything to tell the brokers.
  [[nodiscard]] bool advanced(const PartitionEpoch& epoch) const;
  [[nodiscard]] Ownership::Covers covers() const;
  [[nodiscard]] std::vector<Sent> collect(const std::vector<PartitionEpochPtr>& epochs) const;
  // Sends a request whose answer will be an event of the queue.
  [[nodiscard]] rd_kafka_resp_err_t send(std::vector<Sent>& list, rd_kafka_queue_t* answers);
  [[nodiscard]] std::uint64_t finished_since() const;
  [[nodiscard]] MonotonicTime not_before(Load load) const;
  [[nodiscard]] bool due(MonotonicTime now, Load load) const;
  [[nodiscard]] bool withheld() const;
  // Returns the worst error of the request and its partitions.
  rd_kafka_resp_err_t settle(const std::vector<Sent>& sent,
                             const rd_kafka_topic_partition_list_t* answers,
                             rd_kafka_resp_err_t error, MonotonicTime started);

  ConsumerState& state_;
  ResumeMaps maps_;
  log::RateLimit failures_;
  std::vector<Sent> sent_;               // of the commit in flight; empty: none
  std::array<MonotonicTime, 2> last_{};  // sent, by load
  MonotonicTime refused_until_{};        // nothing is sent before
  MonotonicTime dirty_since_{};          // since when there is something to commit; zero: nothing
  std::uint64_t finished_at_commit_ = 0;
};

}  // namespace tidegate
