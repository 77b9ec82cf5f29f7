// SPDX-License-Identifier: Apache-2.0
//
// Where newly assigned partitions begin: at the group's committed position, else where the group's
// history or `start_offset` says. A position found that way is committed before anything of the
// partition is dispatched, so that a crash before the first commit does not move the start.
// Thread rule: [poll] of the owning consumer; blocks for a few round trips.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "host/base/kafka/offsets.hpp"
#include "host/consume/consumer_state.hpp"
#include "host/consume/group_history.hpp"

namespace tidegate {

class StartPositions {
 public:
  StartPositions(ConsumerState& state, const GroupHistory& history)
      : state_(state), history_(history) {}

  // The start of each partition of the list. Ones that could not be found out are missing and
  // logged; they are asked for again later. With start_offset = "error" the pipeline's failure may
  // be set.
  [[nodiscard]] std::map<kafka::Place, Position> resolve(
      const rd_kafka_topic_partition_list_t* list, std::chrono::milliseconds timeout);
  // A partition that cannot be read at its position. Where the log does not have it: the log's
  // start, the range lost reported (behind the end too: the topic may have been made anew). Empty
  // when it could not be found out, or when the pipeline has failed of it.
  [[nodiscard]] std::optional<Position> after_loss(const PartitionEpoch& epoch,
                                                   std::chrono::milliseconds timeout);

 private:
  // Replaces each question of the list by the offset that answers it.
  [[nodiscard]] bool find_offsets(rd_kafka_topic_partition_list_t& questions,
                                  std::chrono::milliseconds timeout);
  [[nodiscard]] bool commit(const rd_kafka_topic_partition_list_t* list);
  // An end of the log: an rd_kafka_OffsetSpec_t.
  [[nodiscard]] std::optional<Position> edge(const PartitionEpoch& epoch, std::int64_t which,
                                             std::chrono::milliseconds timeout) const;
  void complain(const std::string& error) const;

  ConsumerState& state_;
  const GroupHistory& history_;
};

}  // namespace tidegate
