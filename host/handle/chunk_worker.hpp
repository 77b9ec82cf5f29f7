// SPDX-License-Identifier: Apache-2.0
//
// Whoever takes chunks from the pipeline's queue and has their messages handled: a slot that calls
// the plugin itself, or one that has a worker process do it. Thread rule: run() [slot], the others
// [any].
#pragma once

#include "host/base/clock.hpp"
#include "host/handle/ready_queue.hpp"
#include "host/handle/running_call.hpp"
#include "host/handle/slot_stats.hpp"

namespace tidegate {

// A chunk that has taken this long goes back with what is left of it, so that what is finished is
// known and what waits may go to another slot.
inline constexpr Duration kLongChunk = std::chrono::milliseconds(50);

class ChunkWorker {
 public:
  virtual ~ChunkWorker() = default;
  // Works until the queue is closed and empty.
  virtual void run(ReadyQueue& queue) = 0;
  [[nodiscard]] virtual const SlotStats& stats() const = 0;
  [[nodiscard]] virtual const RunningCall& running() const = 0;
};

}  // namespace tidegate
