// SPDX-License-Identifier: Apache-2.0
//
// The group's rebalances, from librdkafka's callback to our epochs: at assignment find the start
// and begin an epoch; at revocation stop, drain, commit, give up (invariant 3); when the assignment
// is lost, give up without a commit, because the partitions may be somebody else's by now. Thread
// rule: [poll] of the owning consumer; the callback runs there too, inside a batch call.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/consume/committer.hpp"
#include "host/consume/consumer_state.hpp"
#include "host/consume/start_positions.hpp"

namespace tidegate {

class Assignment {
 public:
  // stop_deadline: of a stop that was asked for; the end of the clock: none was; settle_until:
  // settles completions and goes on dispatching for the partitions that stay, until the time given
  // or a completion came; serve_client: lets the client call back (not within a callback); publish:
  // lets the outside see the books; give_back_copies: of copies that no topic takes; drains:
  // whether waiting finishes any more of a partition.
  struct Hooks {
    std::function<MonotonicTime()> stop_deadline;
    std::function<void(MonotonicTime)> settle_until;
    std::function<void()> serve_client;
    std::function<void()> publish;
    std::function<void(PartitionEpoch&)> give_back_copies;
    std::function<bool(const PartitionEpoch&)> drains;
  };
  Assignment(ConsumerState& state, Committer& committer, StartPositions& starts, Hooks hooks);

  // librdkafka's rebalance callback.
  void rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions);
  // From now on nothing that the group grants is begun: the consumer stops.
  void take_no_more() { stopping_ = true; }
  // Stops, drains, commits and gives up these partitions, at most until the deadline, or until that
  // of a stop, which may be asked for meanwhile.
  void give_up(const std::vector<PartitionEpochPtr>& epochs, MonotonicTime deadline);
  // To be called when all is given up and the client is closed next: nothing that the group grants
  // is taken any more, and the client is asked nothing that it may not answer.
  void leave();

 private:
  void tell(rd_kafka_resp_err_t error, const rd_kafka_topic_partition_list_t* partitions);
  void commit_last(const std::vector<PartitionEpochPtr>& epochs, MonotonicTime deadline);
  void assigned(rd_kafka_topic_partition_list_t* partitions);
  void pause_unread(rd_kafka_topic_partition_list_t& partitions);
  void declined(rd_kafka_topic_partition_list_t* partitions);
  void revoked(const rd_kafka_topic_partition_list_t* partitions);
  [[nodiscard]] std::vector<PartitionEpochPtr> find(
      const rd_kafka_topic_partition_list_t* partitions) const;

  ConsumerState& state_;
  Committer& committer_;
  StartPositions& starts_;
  Hooks hooks_;
  bool in_callback_ = false;
  bool stopping_ = false;
  bool leaving_ = false;
  int answers_left_ = 0;  // while leaving
};

}  // namespace tidegate
