// SPDX-License-Identifier: Apache-2.0
//
// Partitions that are ours and cannot be read yet, or not any more: where they begin could not be
// found out at the assignment, or the log does not have their position, upon which the client stops
// them. The brokers are asked, all such partitions in one question, ever less often while they do
// not answer, because the consumer stands still meanwhile. Thread rule: [poll] of the owning
// consumer, between batches.
#pragma once

#include <functional>
#include <set>
#include <vector>

#include "host/consume/consumer_state.hpp"
#include "host/consume/start_positions.hpp"

namespace tidegate {

class LateStarts {
 public:
  // serve_client: lets the client call back.
  LateStarts(ConsumerState& state, StartPositions& starts, std::function<void()> serve_client);

  // The client has stopped reading these; ones that are not active any more are passed over.
  void restart(const std::vector<PartitionEpochPtr>& stopped);
  // These were begun in topics that have been made anew.
  void begin_anew(const std::vector<PartitionEpochPtr>& epochs);
  // Begins what can be begun. Blocks for a few round trips when there is something to do.
  void tick(MonotonicTime now);

 private:
  [[nodiscard]] bool begin(const std::vector<PartitionEpochPtr>& late);
  [[nodiscard]] bool assign_again(const std::vector<PartitionEpochPtr>& epochs);

  ConsumerState& state_;
  StartPositions& starts_;
  std::function<void()> serve_client_;
  std::set<PartitionEpochPtr> anew_;  // to be begun in a new topic
  MonotonicTime next_try_{};
  Duration patience_;  // until the next try, should this one not succeed
};

}  // namespace tidegate
