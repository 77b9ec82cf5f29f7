// SPDX-License-Identifier: Apache-2.0
#include "host/consume/completions.hpp"

#include <utility>

namespace tidegate {
namespace {

// Routes the failed messages of a chunk and returns how many there were; all end as `drop` so far.
std::uint64_t settle_failures(ConsumerState& state, PartitionEpoch& epoch, const Chunk& chunk) {
  for (const Failure& failure : chunk.failures) {
    const Place place{epoch.topic, epoch.partition, chunk.items[failure.index].offset};
    epoch.account.finish(state.router.route(place, failure), 1);
  }
  return chunk.failures.size();
}

// Finish last (invariant 1): the outcome of every item in [0, claimed) is settled when this is
// called.
void finish_offsets(PartitionEpoch& epoch, const Chunk& chunk, std::uint32_t claimed) {
  for (std::uint32_t i = 0; i < claimed;) {
    const Offset first = chunk.items[i].offset;
    Offset last = first;
    while (++i < claimed && chunk.items[i].offset.value == last.value + 1)
      last = chunk.items[i].offset;
    epoch.tracker.finish(first, last);
  }
}

void settle(ConsumerState& state, Chunk& chunk) {
  auto& epoch = static_cast<PartitionEpoch&>(*chunk.source);
  const std::uint32_t claimed = chunk.claimed();
  for (std::uint32_t i = 0; i < claimed; ++i) state.memory.release(chunk.items[i]);
  // A result of an epoch that has ended is discarded: its messages were given back (invariant 3).
  if (epoch.owned()) {
    const std::uint64_t failed = settle_failures(state, epoch, chunk);
    epoch.account.finish(Outcome::ok, claimed - failed);
    finish_offsets(epoch, chunk, claimed);
    epoch.in_flight -= claimed;
  }
  state.dispatcher.returned(chunk, state.clock.now());
  state.dispatcher.recycle(chunk);
}

}  // namespace

void CompletionQueue::give_back(Chunk& chunk) noexcept {
  {
    MutexLock lock(mutex_);
    chunk.next = std::exchange(head_, &chunk);
  }
  poll_thread_.notify();
}

Chunk* CompletionQueue::take_all() {
  MutexLock lock(mutex_);
  return std::exchange(head_, nullptr);
}

bool settle_completions(ConsumerState& state, CompletionQueue& queue) {
  Chunk* chunk = queue.take_all();
  if (chunk == nullptr) return false;
  while (chunk != nullptr) {
    Chunk* const next = chunk->next;
    settle(state, *chunk);
    chunk = next;
  }
  return true;
}

}  // namespace tidegate
