// SPDX-License-Identifier: Apache-2.0
#include "host/consume/completions.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "host/base/sabotage.hpp"
#include "host/consume/attempts.hpp"
#include "host/consume/epoch_life.hpp"

namespace tidegate {
namespace {

// What became of those messages of a chunk that are not simply ok.
struct Settled {
  std::uint64_t ended = 0;                // dropped: finished, like those that are ok
  std::vector<std::uint32_t> unfinished;  // copied or waiting, ascending indices
};

// A claimed item that is attempted again from where it is, unless its partition is being given up.
// Whether it waits.
bool wait(const ConsumerState& state, PartitionEpoch& epoch, Chunk& chunk, std::uint32_t index,
          Settled& settled) {
  settled.unfinished.push_back(index);
  if (!epoch.ownership.attempts_again()) {
    leave_unfinished(state, epoch, 1);
    return false;
  }
  chunk.waiting.push_back(index);
  return true;
}

void sort(std::vector<std::uint32_t>& indices) {
  if (!std::is_sorted(indices.begin(), indices.end())) std::sort(indices.begin(), indices.end());
}

// The message leaves its chunk.
Item take(Item& item) {
  return {.message = std::move(item.message),
          .offset = item.offset,
          .extent = std::exchange(item.extent, nullptr)};
}

std::uint32_t plugin_of(const Chunk& chunk) {
  return chunk.plugin == nullptr ? 0 : chunk.plugin->hash();
}

Settled settle_unfinished(ConsumerState& state, const std::shared_ptr<PartitionEpoch>& epoch,
                          Chunk& chunk, HeldWay& way) {
  Settled settled;
  for (Failure& failure : chunk.failures) {
    Item& item = chunk.items[failure.index];
    const Place place{epoch->topic, epoch->partition, item.offset};
    if (is_crash(failure.kind)) forget_crashes_of_others(item, plugin_of(chunk));
    const Route route = state.router.route(place, failure, item.message.origin());
    switch (route.to) {
      case Route::To::drop:
        if (state.exactly_once()) {
          settled.unfinished.push_back(failure.index);
          state.limiter.ended(1);
          way.add_copy(epoch, {take(item), chunk.plugin}, route, {});
          break;
        }
        observe_failure(state, item.message);
        epoch->account.finish(Outcome::drop, 1);
        epoch->account.retries_exhausted += route.exhausted ? 1 : 0;
        state.limiter.ended(1);
        ++settled.ended;
        break;
      case Route::To::wait:
        if (!wait(state, *epoch, chunk, failure.index, settled)) break;
        if (const MonotonicTime until = state.clock.now() + Duration(route.delay);
            route.crashes > 0) {
          // Only its lane waits: the others have nothing to do with it.
          chunk.parked.push_back({failure.index, until});
          remember_crash(state, *epoch, item, route.crashes, plugin_of(chunk));
        } else {
          epoch->held_until = std::max(epoch->held_until, until);
        }
        break;
      case Route::To::park:
        if (!wait(state, *epoch, chunk, failure.index, settled)) break;
        chunk.parked.push_back({failure.index, state.clock.now() + Duration(route.delay)});
        remember_attempt(state, item, route);
        break;
      case Route::To::retry_topic:
      case Route::To::dead_letter:
        settled.unfinished.push_back(failure.index);
        way.add_copy(epoch, {take(item), chunk.plugin}, route, std::move(failure.reason));
        break;
    }
  }
  for (Emitted& emitted : chunk.emitted) {
    Item& item = chunk.items[emitted.index];
    settled.unfinished.push_back(emitted.index);
    way.add_emission(epoch, take(item), std::move(emitted.outputs));
  }
  for (const std::uint32_t index : chunk.unattempted) wait(state, *epoch, chunk, index, settled);
  // Three lists in order of index became one.
  sort(settled.unfinished);
  sort(chunk.waiting);
  return settled;
}

// Finish last (invariant 1): the outcome of every item in [first, end) is settled when this is
// called.
void finish_offsets(PartitionEpoch& epoch, const Chunk& chunk, std::uint32_t begin,
                    std::uint32_t end) {
  for (std::uint32_t i = begin; i < end;) {
    const Offset first = chunk.items[i].offset;
    Offset last = first;
    while (++i < end && chunk.items[i].offset.value == last.value + 1) last = chunk.items[i].offset;
    const Offset from = sabotaged(Sabotage::commit_highest_finished)
                            ? std::min(Offset{epoch.tracker.position().value}, first)
                            : first;
    epoch.tracker.finish(from, last);
  }
}

void finish_all_but(PartitionEpoch& epoch, const Chunk& chunk, std::uint32_t claimed,
                    const std::vector<std::uint32_t>& unfinished) {
  std::uint32_t begin = 0;
  for (const std::uint32_t index : unfinished) {
    finish_offsets(epoch, chunk, begin, index);
    begin = index + 1;
  }
  finish_offsets(epoch, chunk, begin, claimed);
}

void settle(ConsumerState& state, Chunk& chunk, HeldWay& way) {
  auto epoch = std::static_pointer_cast<PartitionEpoch>(chunk.source);
  const std::uint32_t claimed = chunk.claimed();
  // A result of an epoch that has ended is discarded: its messages were given back (invariant 3).
  Settled settled;
  if (epoch->owned()) {
    settled = settle_unfinished(state, epoch, chunk, way);
    const std::uint64_t finished = claimed - settled.unfinished.size();
    finish_all_but(*epoch, chunk, claimed, settled.unfinished);
    state.limiter.ended(finished - settled.ended);
    // With exactly_once they end in the books when their transaction does.
    if (!state.exactly_once()) {
      epoch->account.finish(Outcome::ok, finished - settled.ended);
      epoch->in_flight -= finished;
    }
  }
  auto kept = chunk.waiting.begin();
  for (std::uint32_t i = 0; i < claimed; ++i) {
    if (kept != chunk.waiting.end() && *kept == i) ++kept;
    else state.memory.release(chunk.items[i]);
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

bool settle_completions(ConsumerState& state, CompletionQueue& queue, HeldWay& way) {
  Chunk* chunk = queue.take_all();
  if (chunk == nullptr) return false;
  while (chunk != nullptr) {
    Chunk* const next = chunk->next;
    settle(state, *chunk, way);
    chunk = next;
  }
  return true;
}

}  // namespace tidegate
