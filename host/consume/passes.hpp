// SPDX-License-Identifier: Apache-2.0
//
// retry.mode = "in_place": how far a partition is read past a message that waits for its next
// attempt, and when it is read again for what was released meanwhile (released_lanes.hpp). At most
// one pass per partition at a time; the next begins no sooner than a second after the last one's
// end. Thread rule: [poll] of the owning consumer, between batches.
#pragma once

#include <cstdint>
#include <vector>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

class Passes {
 public:
  // bytes: this consumer's share of max_in_flight_bytes.
  Passes(ConsumerState& state, std::uint64_t bytes);
  // Pauses what is far enough ahead, lets go on what is not any more, begins passes.
  void tick(MonotonicTime now);

 private:
  // Whether the partition should be read no further, until its position or a pass moves on.
  [[nodiscard]] bool far_ahead(const PartitionEpoch& epoch) const;
  void set_paused(const std::vector<PartitionEpochPtr>& epochs, bool pause);
  void begin(const PartitionEpochPtr& epoch, Offset at, MonotonicTime now);

  ConsumerState& state_;
  const std::uint64_t most_remembered_bytes_;  // of released lanes; above it, even shares
  MonotonicTime next_look_{};
};

}  // namespace tidegate
