// SPDX-License-Identifier: Apache-2.0
#include "host/dispatch/dispatcher.hpp"

#include <algorithm>
#include <utility>

#include "host/base/check.hpp"

namespace tidegate {

Dispatcher::Dispatcher(const DispatchPolicy& policy, ReadyQueue& queue, ChunkReturn& home)
    : policy_(policy), queue_(queue), home_(home) {}

Dispatcher::~Dispatcher() {
  TIDEGATE_CHECK(out_.empty(), "a slot still holds a chunk of this consumer");
}

void Dispatcher::add(const std::shared_ptr<PartitionLanes>& lanes, std::span<Item> run,
                     MonotonicTime now) {
  for (Item& item : run) lanes->add(std::move(item));
  list(lanes, now);
}

void Dispatcher::list(const std::shared_ptr<PartitionLanes>& lanes, MonotonicTime now) {
  if (lanes->listed || lanes->ready() == 0) return;
  lanes->listed = true;
  lanes->ready_since = now;
  ready_.push_back(lanes);
}

bool Dispatcher::due(const PartitionLanes& lanes, MonotonicTime now) const {
  if (now < lanes.held_until) return false;
  return lanes.ready() >= policy_.batch_messages || now >= lanes.ready_since + batch_wait();
}

void Dispatcher::park(Chunk& chunk, const std::shared_ptr<PartitionLanes>& lanes) {
  for (const Parked& parked : chunk.parked) lanes->park(chunk.items[parked.index], parked.until);
  if (chunk.parked.empty() || std::exchange(lanes->parked_listed, true)) return;
  parked_.push_back(lanes);
}

void Dispatcher::unpark_due(MonotonicTime now) {
  std::erase_if(parked_, [&](const auto& lanes) {
    lanes->unpark_due(now);
    list(lanes, now);
    lanes->parked_listed = lanes->parked() > 0;
    return !lanes->parked_listed;
  });
}

void Dispatcher::flush(MonotonicTime now) {
  if (!parked_.empty()) unpark_due(now);
  // Each partition gets one chunk a round, so that a full one does not starve the others.
  bool handed_out = !held_;
  while (handed_out && out_.size() < policy_.max_chunks) {
    handed_out = false;
    round_.swap(ready_);
    for (auto& lanes : round_) {
      if (lanes->ready() > 0 && out_.size() < policy_.max_chunks && due(*lanes, now)) {
        hand_out(lanes, now);
        handed_out = true;
      }
      lanes->listed = lanes->ready() > 0;
      if (lanes->listed) ready_.push_back(std::move(lanes));
    }
    round_.clear();
  }
}

void Dispatcher::hand_out(const std::shared_ptr<PartitionLanes>& lanes, MonotonicTime now) {
  std::unique_ptr<Chunk> chunk = make_chunk();
  const std::uint64_t sharers = std::clamp<std::uint64_t>(lanes->parallelism(), 1, policy_.slots);
  const std::uint32_t most = sizer_.size(lanes->ready(), sharers, policy_.batch_messages);
  lanes->take(most, chunk->items);
  chunk->source = lanes;
  chunk->handed_out = now;
  chunk->open();
  out_.push_back(std::move(chunk));
  queue_.push(*out_.back());
}

std::optional<MonotonicTime> Dispatcher::next_flush() const {
  if (held_ || out_.size() >= policy_.max_chunks) return std::nullopt;
  std::optional<MonotonicTime> first;
  for (const auto& lanes : ready_) {
    if (lanes->held_until == MonotonicTime{} && batch_wait() == Duration::zero()) continue;
    const MonotonicTime at = std::max(lanes->held_until, lanes->ready_since + batch_wait());
    first = first ? std::min(*first, at) : at;
  }
  for (const auto& lanes : parked_) {
    if (const auto at = lanes->next_unpark()) first = first ? std::min(*first, *at) : *at;
  }
  return first;
}

void Dispatcher::returned(Chunk& chunk, MonotonicTime now) {
  const std::uint32_t claimed = chunk.claimed();
  sizer_.learn(claimed, chunk.handling);
  auto lanes = std::static_pointer_cast<PartitionLanes>(chunk.source);
  put_back(chunk, chunk.close(), now);
  park(chunk, lanes);
  auto waiting = chunk.waiting.rbegin();  // from the last to the first: they stand in order
  for (std::uint32_t i = claimed; i-- > 0;) {
    if (waiting != chunk.waiting.rend() && *waiting == i) {
      lanes->put_front(std::move(chunk.items[i]));
      ++waiting;
    } else {
      lanes->stopped_running(chunk.items[i].lane);
    }
  }
  list(lanes, now);
}

void Dispatcher::put_back(Chunk& chunk, ItemRange rest, MonotonicTime now) {
  auto lanes = std::static_pointer_cast<PartitionLanes>(chunk.source);
  // From the last to the first, so that they stand in their lanes in order.
  for (std::uint32_t i = rest.first + rest.count; i-- > rest.first;) {
    lanes->put_front(std::move(chunk.items[i]));
  }
  list(lanes, now);
}

std::unique_ptr<Chunk> Dispatcher::make_chunk() {
  if (idle_.empty()) {
    auto chunk = std::make_unique<Chunk>();
    chunk->home = &home_;
    return chunk;
  }
  std::unique_ptr<Chunk> chunk = std::move(idle_.back());
  idle_.pop_back();
  return chunk;
}

void Dispatcher::recycle(Chunk& chunk) {
  const auto place =
      std::find_if(out_.begin(), out_.end(), [&](const auto& c) { return c.get() == &chunk; });
  TIDEGATE_CHECK(place != out_.end(), "only a chunk that was handed out comes back");
  chunk.items.clear();
  chunk.failures.clear();
  chunk.unattempted.clear();
  chunk.emitted.clear();
  chunk.waiting.clear();
  chunk.parked.clear();
  chunk.source.reset();
  chunk.plugin.reset();
  idle_.push_back(std::move(*place));
  *place = std::move(out_.back());
  out_.pop_back();
}

void Dispatcher::take_back_older_than(Duration age, MonotonicTime now) {
  for (const auto& chunk : out_) {
    if (now - chunk->handed_out < age) continue;
    put_back(*chunk, chunk->close(), now);
  }
}

void Dispatcher::hold(bool held, MonotonicTime now) {
  if (held && !held_) take_back_older_than(Duration::zero(), now);
  held_ = held;
}

std::uint64_t Dispatcher::begun(const PartitionLanes& lanes) const {
  std::uint64_t messages = 0;
  for (const auto& chunk : out_) {
    if (chunk->source.get() == &lanes) messages += chunk->claimed();
  }
  return messages;
}

}  // namespace tidegate
