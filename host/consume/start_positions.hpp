// SPDX-License-Identifier: Apache-2.0
//
// Where newly assigned partitions begin: at the group's committed position, else where the group's
// history or `start_offset` says. A position found that way is committed before anything of the
// partition is dispatched, so that a crash before the first commit does not move the start.
// Thread rule: [poll] of the owning consumer; blocks for a few round trips.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/base/kafka/offsets.hpp"
#include "host/consume/consumer_state.hpp"
#include "host/consume/group_history.hpp"
#include "host/consume/topic_ids.hpp"

namespace tidegate {

struct Start {
  Position position;
  FinishedRanges earlier{};  // what an earlier owner finished above it
  CrashCounts crashes{};     // and what crashed under it
};

class StartPositions {
 public:
  StartPositions(ConsumerState& state, const GroupHistory& history, TopicIds& ids)
      : state_(state), history_(history), ids_(ids) {}

  // The start of each partition of the list. Ones that could not be found out are missing and
  // logged; they are asked for again later. With start_offset = "error" the pipeline's failure may
  // be set.
  [[nodiscard]] std::map<kafka::Place, Start> resolve(const rd_kafka_topic_partition_list_t* list,
                                                      std::chrono::milliseconds timeout);
  // For partitions that cannot be read at their position. Where the log does not have it: the log's
  // start, the range lost reported. Behind the log's end likewise (the topic may have been made
  // anew), but with at_most_once the end. Without those that could not be found out; empty when the
  // pipeline has failed of one.
  [[nodiscard]] std::map<kafka::Place, Start> after_loss(
      const std::vector<PartitionEpochPtr>& stopped, std::chrono::milliseconds timeout);

  // For partitions of topics that were made anew: the start of the new log, committed; but with
  // at_most_once they go on where they are, because nothing may come twice.
  [[nodiscard]] std::map<kafka::Place, Start> in_new_topic(
      const std::vector<PartitionEpochPtr>& epochs, std::chrono::milliseconds timeout);

 private:
  [[nodiscard]] std::set<std::string> with_an_id(
      const rd_kafka_topic_partition_list_t* list,
      const std::map<kafka::Place, kafka::Committed>& committed) const;
  [[nodiscard]] kafka::PartitionList find_offsets(rd_kafka_topic_partition_list_t& questions,
                                                  std::chrono::milliseconds timeout);
  [[nodiscard]] bool commit(const rd_kafka_topic_partition_list_t* list,
                            std::chrono::milliseconds timeout);
  [[nodiscard]] std::optional<Position> start_after_loss(const PartitionEpoch& epoch,
                                                         Position log_start, Position log_end);
  [[nodiscard]] std::map<kafka::Place, Position> edges(const std::vector<PartitionEpochPtr>& epochs,
                                                       std::int64_t which,
                                                       std::chrono::milliseconds timeout) const;
  void complain(const std::string& error) const;

  ConsumerState& state_;
  const GroupHistory& history_;
  TopicIds& ids_;
};

}  // namespace tidegate
