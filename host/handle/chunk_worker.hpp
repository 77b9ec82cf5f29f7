// SPDX-License-Identifier: Apache-2.0
//
// Whoever has the messages of a chunk handled: a slot that calls the plugin itself, or one that has
// a worker process do it. Thread rule: work() [slot], one at a time; the others [any].
#pragma once

#include "host/base/clock.hpp"
#include "host/handle/chunk.hpp"
#include "host/handle/running_call.hpp"
#include "host/handle/slot_stats.hpp"

namespace tidegate {

// A chunk that has taken this long goes back with what is left of it, so that what is finished is
// known and what waits may go to another slot.
inline constexpr Duration kLongChunk = std::chrono::milliseconds(50);

class ChunkWorker {
 public:
  virtual ~ChunkWorker() = default;
  // Handles one chunk and gives it back.
  virtual void work(Chunk& chunk) = 0;
  [[nodiscard]] virtual const SlotStats& stats() const = 0;
  [[nodiscard]] virtual const RunningCall& running() const = 0;
};

}  // namespace tidegate
