// SPDX-License-Identifier: Apache-2.0
//
// Where a message that failed before came from and what happened to it so far (DESIGN §5): what one
// of the group's own retry topics says in our headers, or what one knows that waits in its place.
// Thread rule: a value; [poll] makes it, [slot] reads it.
#pragma once

#include <cstdint>
#include <string>

#include "host/base/clock.hpp"
#include "host/base/types.hpp"

namespace tidegate::kafka {

struct Origin {
  std::string topic;  // empty: it was read where it came from; the next three say nothing then
  Partition partition;
  Offset offset;
  std::int64_t timestamp_ms = -1;     // of the original message; -1: it had none
  std::int64_t first_failure_ms = 0;  // Unix milliseconds
  std::int64_t not_before_ms = 0;     // Unix milliseconds; later than its topic's delay: a hop
  MonotonicTime due{};                // of the attempt that comes next; zero: not known
  std::uint32_t attempts = 0;         // made so far
  std::uint32_t crashes = 0;          // of workers, with this message in flight
  std::uint32_t crashed_plugin = 0;   // the version that they count for (PluginVersion::hash)
  std::uint32_t replays = 0;

  // Whether it came from another place than where it was read.
  [[nodiscard]] bool elsewhere() const { return !topic.empty(); }
};

}  // namespace tidegate::kafka
