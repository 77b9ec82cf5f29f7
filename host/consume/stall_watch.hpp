// SPDX-License-Identifier: Apache-2.0
//
// Looks for what should be impossible: a partition that is ours and not paused for any reason, has
// more to read, and of which nothing comes. A member in such a state looks healthy to its group and
// to every probe, and its messages wait for a restart (users of other consumers have waited hours).
// Here it is told (state `stalled`, log, /-/ready) and the partition is assigned anew, which is all
// that a restart would do. Brokers that are away for long look the same from here, and are told the
// same way. Thread rule: [poll] of the owning consumer, between batches.
#pragma once

#include <vector>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

class StallWatch {
 public:
  // patience: how long a partition may stand still.
  StallWatch(ConsumerState& state, Duration patience) : state_(state), patience_(patience) {}

  // To be called about once a second. Returns partitions that are to be assigned anew; each again
  // after every further `patience`.
  [[nodiscard]] std::vector<PartitionEpochPtr> tick(MonotonicTime now);

 private:
  [[nodiscard]] bool moves(const PartitionEpoch& epoch) const;

  ConsumerState& state_;
  const Duration patience_;
};

}  // namespace tidegate
