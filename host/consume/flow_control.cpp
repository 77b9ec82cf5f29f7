// SPDX-License-Identifier: Apache-2.0
#include "host/consume/flow_control.hpp"

#include <algorithm>

#include "host/base/sabotage.hpp"
#include "host/consume/next_look.hpp"
#include "host/consume/release.hpp"

namespace tidegate {
namespace {

// What is taken from the client at once. Larger ones leave the second cache before they are handled
// (tests/bench/README.md).
constexpr std::uint64_t kLargestBatch = 1'000;
constexpr std::uint64_t kPartOfBound = 4;  // and no more than this of what may be in flight
constexpr Duration kBetweenCopying = std::chrono::milliseconds(10);

std::uint64_t less(std::uint64_t from, std::uint64_t what) { return from - std::min(from, what); }

}  // namespace

FlowControl::FlowControl(ConsumerState& state, const FlowBounds& bounds)
    : state_(state),
      bounds_(bounds),
      largest_batch_(std::clamp<std::uint64_t>(bounds.messages / kPartOfBound, 1, kLargestBatch)) {}

FlowControl::Held FlowControl::held_by(const PartitionEpoch& epoch) {
  return {epoch.in_flight, static_cast<std::uint64_t>(static_cast<double>(epoch.in_flight) *
                                                      epoch.bytes_per_message)};
}

FlowControl::Held FlowControl::free() const {
  return {less(bounds_.messages, state_.books.in_flight()), less(bounds_.bytes, bytes())};
}

void FlowControl::learn(std::uint64_t messages, std::uint64_t bytes, std::uint64_t fetched_ahead) {
  // The client's own bound counts values only, and for small messages its structures around them
  // are most of what they take. So they keep as much room as they ever needed: a pause empties the
  // client's queue, but what goes on fills it again. At most a part: messages come first.
  constexpr std::uint64_t kMostOfBound = 4;
  ahead_bytes_ = std::max(
      ahead_bytes_, std::min(fetched_ahead * MemoryMeter::kOfClient, bounds_.bytes / kMostOfBound));
  if (messages == 0) return;
  const double mean =
      static_cast<double>(bytes) / static_cast<double>(messages) + MemoryMeter::kBeside;
  // Grows at once and shrinks slowly: the bound must hold when messages get larger.
  bytes_per_message_ =
      mean > bytes_per_message_ ? mean : bytes_per_message_ + (mean - bytes_per_message_) / 16;
}

std::uint64_t FlowControl::bytes() const { return state_.memory.bytes() + ahead_bytes_; }

std::uint64_t FlowControl::messages_for(const PartitionEpoch& epoch) const {
  Held most = free();
  // One that is alone need not leave anything for others.
  if (state_.partitions.size() > 1) {
    const Held held = held_by(epoch);
    // What is read is not free any more, so it is half of the difference.
    const auto half = [](std::uint64_t of) { return of / 2 + of % 2; };
    most = {half(less(most.messages, held.messages)), half(less(most.bytes, held.bytes))};
  }
  const auto fits = static_cast<std::uint64_t>(static_cast<double>(most.bytes) /
                                               std::max(bytes_per_message_, 1.0));
  // A message larger than all the room there is, is read when nothing else is held: it must come
  // through.
  const bool nothing_held = most.bytes > 0 && state_.memory.message_bytes() == 0;
  return std::min(most.messages, nothing_held ? std::max<std::uint64_t>(fits, 1) : fits);
}

std::uint32_t FlowControl::room(PartitionEpoch& epoch, MonotonicTime now) const {
  // Behind a copy that no topic takes, nothing more is read.
  std::uint64_t room = epoch.blocked > 0 ? 0 : messages_for(epoch);
  if (sabotaged(Sabotage::forget_paused) && epoch.full_since != MonotonicTime{}) room = 0;
  if (room > 0) epoch.full_since = {};
  else if (epoch.full_since == MonotonicTime{}) epoch.full_since = now;
  return static_cast<std::uint32_t>(std::min(room, largest_batch_));
}

void FlowControl::make_room(MonotonicTime now) {
  if (state_.pipeline.retry.mode == config::RetryMode::in_place) release_behind_what_waits();
  if (state_.memory.bytes() > bounds_.bytes / 2) copy_out_mostly_finished(now);
}

// Of a partition that has no room, what stands behind parked messages is released, where it is
// worth reading it again. A part stays, so that a lane can go on at once.
void FlowControl::release_behind_what_waits() {
  constexpr std::uint64_t kWorthIt = 4;  // this part of an even share
  constexpr std::uint64_t kStays = 8;    // this part of it, in all lanes together
  const std::uint64_t partitions = std::max<std::size_t>(state_.partitions.size(), 1);
  const Held even{bounds_.messages / partitions, bounds_.bytes / partitions};
  state_.partitions.for_each([&](PartitionEpoch& epoch) {
    // A retry topic's partition is read when its head is due, not again and again.
    if (epoch.parked() == 0 || epoch.delay || !epoch.ownership.reads()) return;
    if (messages_for(epoch) > 0) return;
    const double each = std::max(epoch.bytes_per_message, 1.0);
    const auto share =
        std::min(even.messages, static_cast<std::uint64_t>(static_cast<double>(even.bytes) / each));
    const std::uint64_t behind = epoch.behind_parked();
    if (behind > 0 && behind >= share / kWorthIt)
      release_behind_parked(state_, epoch, share / kStays / epoch.parked());
  });
}

void FlowControl::copy_out_mostly_finished(MonotonicTime now) {
  if (now < next_copying_) return;
  // One slow key in every fetch pins every fetch buffer; copies of what waits let the buffers go.
  state_.partitions.for_each([&](PartitionEpoch& epoch) {
    epoch.for_each_queued([&](Item& item) {
      const FetchExtent* extent = item.extent;
      if (extent != nullptr && extent->total > 1 && extent->live <= extent->total / 4) {
        state_.memory.copy_out(item);
      }
    });
  });
  next_copying_ = next_look(now, state_.clock.now(), kBetweenCopying);
}

}  // namespace tidegate
