// SPDX-License-Identifier: Apache-2.0
//
// The way back: slots return chunks here, the poll thread takes them in bulk and settles them —
// routes what failed, finishes offsets, closes the books, frees lanes and memory. This is the only
// place where a message of a live epoch ends. Thread rule: give_back [slot]; all else [poll].
#pragma once

#include "host/base/mutex.hpp"
#include "host/base/wakeup.hpp"
#include "host/consume/consumer_state.hpp"
#include "host/consume/held_way.hpp"

namespace tidegate {

// One lock and at most one wake-up per chunk.
class CompletionQueue final : public ChunkReturn {
 public:
  explicit CompletionQueue(Wakeup& poll_thread) : poll_thread_(poll_thread) {}
  void give_back(Chunk& chunk) noexcept override;
  // All that came back since, linked through Chunk::next; null when none.
  [[nodiscard]] Chunk* take_all();

 private:
  Wakeup& poll_thread_;
  Mutex mutex_;
  Chunk* head_ TIDEGATE_GUARDED_BY(mutex_) = nullptr;
};

// Settles everything that came back. Returns whether anything did.
bool settle_completions(ConsumerState& state, CompletionQueue& queue, HeldWay& way);

}  // namespace tidegate
