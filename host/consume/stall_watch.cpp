// SPDX-License-Identifier: Apache-2.0
#include "host/consume/stall_watch.hpp"

#include "host/base/log.hpp"
#include "host/consume/pause_reason.hpp"

namespace tidegate {

// Moves, or has a reason not to.
bool StallWatch::moves(const PartitionEpoch& epoch) const {
  const auto reason = pause_reason(state_, epoch);
  const bool reason_known = reason && *reason != metrics::PauseReason::stalled;
  const bool more_to_read = epoch.end > epoch.tracker.next();
  return reason_known || !epoch.ownership.reads() || epoch.in_flight > 0 || !more_to_read ||
         epoch.tracker.next() != epoch.stands_at;
}

std::vector<PartitionEpochPtr> StallWatch::tick(MonotonicTime now) {
  std::vector<PartitionEpochPtr> again;
  state_.partitions.for_each([&](PartitionEpoch& epoch) {
    if (moves(epoch)) {
      if (epoch.stalled) {
        log::info("partition_moves_again", "a partition that stood still is read again",
                  {{"pipeline", state_.pipeline.name},
                   {"topic", epoch.topic},
                   {"partition", epoch.partition.value}});
      }
      epoch.stalled = false;
      epoch.stands_at = epoch.tracker.next();
      epoch.stands_since = now;
      return;
    }
    if (now - epoch.stands_since < patience_) return;
    epoch.stalled = true;
    epoch.stands_since = now;
    log::error("partition_stalled",
               "nothing comes of a partition that has more to read; it is assigned anew",
               {{"pipeline", state_.pipeline.name},
                {"consumer", state_.index},
                {"topic", epoch.topic},
                {"partition", epoch.partition.value},
                {"offset", epoch.tracker.next().value},
                {"end", epoch.end.value},
                {"brokers_connected", state_.counts.brokers_connected}});
    again.push_back(state_.partitions.find(epoch.topic, epoch.partition));
  });
  return again;
}

}  // namespace tidegate
