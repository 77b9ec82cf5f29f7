// SPDX-License-Identifier: Apache-2.0
#include "host/consume/flow_control.hpp"

#include <algorithm>

#include "host/base/log.hpp"
#include "host/base/sabotage.hpp"
#include "host/consume/next_look.hpp"
#include "host/consume/release.hpp"

namespace tidegate {
namespace {

// What is taken from the client at once. Larger ones leave the second cache before they are handled
// (tests/bench/README.md).
constexpr std::uint64_t kLargestBatch = 1'000;
// A part of the bound that is enough for any batch, so that reading goes on while slots work
// through the rest.
constexpr std::uint64_t kPartOfBound = 4;
// How long to wait for completions before a partition is paused; far below max.poll.interval.ms. A
// pause throws away what was prefetched, and costs a fetch wait at its end; copies and transactions
// take some ten milliseconds each, and must not cause one.
constexpr Duration kPatience = std::chrono::milliseconds(500);
constexpr Duration kBetweenCopying = std::chrono::milliseconds(10);

std::uint32_t largest_batch(std::uint64_t messages) {
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(messages / kPartOfBound, 1, kLargestBatch));
}

}  // namespace

FlowControl::FlowControl(ConsumerState& state, const FlowBounds& bounds)
    : state_(state),
      bounds_(bounds),
      largest_batch_(largest_batch(bounds.messages)),
      batch_limit_(largest_batch_) {}

FlowControl::Held FlowControl::cap_per_partition() const {
  const std::uint64_t partitions = state_.partitions.size();
  if (partitions < 2) return {bounds_.messages, bounds_.bytes};
  // Half at most: a batch may still come on top, and the others need room too.
  return {std::min(bounds_.messages / 2,
                   std::max(bounds_.messages / kPartOfBound, 2 * bounds_.messages / partitions)),
          bounds_.bytes / 2};
}

FlowControl::Held FlowControl::held_by(const PartitionEpoch& epoch) {
  return {epoch.in_flight, static_cast<std::uint64_t>(static_cast<double>(epoch.in_flight) *
                                                      epoch.bytes_per_message)};
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

FlowControl::Held FlowControl::parked_of(const PartitionEpoch& epoch) {
  return {epoch.parked(), static_cast<std::uint64_t>(static_cast<double>(epoch.parked()) *
                                                     epoch.bytes_per_message)};
}

// Whether half is free again of what parked messages leave: they may stay for long.
bool FlowControl::eased(const PartitionEpoch& epoch, const Held& cap) {
  const Held held = held_by(epoch);
  const Held parked = parked_of(epoch);
  const auto half_free = [](std::uint64_t all, std::uint64_t bound, std::uint64_t stays) {
    stays = std::min({stays, all, bound});
    return all - stays <= (bound - stays) / 2;
  };
  return half_free(held.messages, cap.messages, parked.messages) &&
         half_free(held.bytes, cap.bytes, parked.bytes);
}

// Whether half of the bounds is free again, leaving out what stays: what is parked, what is only
// remembered, and what partitions hold that wait for a stuck lane of their own. The others go on
// beside them with the rest.
bool FlowControl::others_have_room(const Held& cap) const {
  Held stuck{0, state_.memory.remembered_bytes() + ahead_bytes_};
  state_.partitions.for_each([&](const PartitionEpoch& epoch) {
    const Held held = epoch.paused && !eased(epoch, cap) ? held_by(epoch) : parked_of(epoch);
    stuck.messages += held.messages;
    stuck.bytes += held.bytes;
  });
  const auto free_again = [](std::uint64_t bound, std::uint64_t all, std::uint64_t stuck_part) {
    stuck_part = std::min({stuck_part, bound, all});
    return all - stuck_part <= (bound - stuck_part) / 2;
  };
  return free_again(bounds_.messages, state_.books.in_flight(), stuck.messages) &&
         free_again(bounds_.bytes, bytes(), stuck.bytes);
}

// At the bound, what stands behind parked messages is released, where it is worth reading it again.
// A part stays, so that a lane can go on at once.
void FlowControl::release_at_the_bound(const Held& cap) {
  constexpr std::uint64_t kWorthIt = 4;  // this part of what the partition may hold
  constexpr std::uint64_t kStays = 8;    // this part of it, in all lanes together
  const bool full =
      state_.books.in_flight() >= bounds_.messages ||
      static_cast<double>(bytes()) + bytes_per_message_ >= static_cast<double>(bounds_.bytes);
  const std::uint64_t partitions = std::max<std::size_t>(state_.partitions.size(), 1);
  // When all places are taken, even shares: many partitions could fill the bound below their caps.
  const Held even{bounds_.messages / partitions, bounds_.bytes / partitions};
  const Held share =
      full ? Held{std::min(cap.messages, even.messages), std::min(cap.bytes, even.bytes)} : cap;
  state_.partitions.for_each([&](PartitionEpoch& epoch) {
    // A retry topic's partition is read when its head is due, not again and again.
    if (epoch.parked() == 0 || epoch.delay || !epoch.ownership.reads()) return;
    const Held held = held_by(epoch);
    if (!full && held.messages < cap.messages && held.bytes < cap.bytes) return;
    const double each = std::max(epoch.bytes_per_message, 1.0);
    const auto room = std::min(share.messages,
                               static_cast<std::uint64_t>(static_cast<double>(share.bytes) / each));
    const std::uint64_t behind = epoch.behind_parked();
    if (behind > 0 && behind >= room / kWorthIt)
      release_behind_parked(state_, epoch, room / kStays / epoch.parked());
  });
}

FlowControl::Advice FlowControl::update(MonotonicTime now) {
  const Held cap = cap_per_partition();
  if (state_.pipeline.retry.mode == config::RetryMode::in_place) release_at_the_bound(cap);
  const std::uint64_t in_flight = state_.books.in_flight();
  if (state_.memory.bytes() > bounds_.bytes / 2) copy_out_mostly_finished(now);
  const std::uint64_t room = bounds_.messages - std::min(bounds_.messages, in_flight);
  const std::uint64_t room_bytes = bounds_.bytes - std::min(bounds_.bytes, bytes());
  const auto fits = static_cast<std::uint64_t>(static_cast<double>(room_bytes) /
                                               std::max(bytes_per_message_, 1.0));
  // Half of it, where one partition alone might otherwise fill it.
  const std::uint64_t its = state_.partitions.size() > 1 && fits > 1 ? fits / 2 : fits;
  // A message larger than all the room left is read when nothing else is held: it must come
  // through.
  const std::uint64_t by_bytes =
      room_bytes > 0 && fits == 0 && state_.memory.message_bytes() == 0 ? 1 : its;
  const std::uint64_t limit = std::min<std::uint64_t>({room, by_bytes, largest_batch_});
  batch_limit_ = static_cast<std::uint32_t>(std::max<std::uint64_t>(limit, 1));

  std::vector<PartitionEpochPtr> to_pause;
  std::vector<PartitionEpochPtr> to_resume;
  const bool full = limit == 0;
  const bool relieved = !full && others_have_room(cap);
  bool over_cap = false;
  bool active = false;
  for (const auto& epoch : state_.partitions.all()) {
    // What is put off or far ahead is paused already, and not ours to resume.
    if (!epoch->ownership.reads() || epoch->put_off || epoch->ahead_paused) continue;
    active = true;
    const Held held = held_by(*epoch);
    const bool over =
        held.messages >= cap.messages || held.bytes >= cap.bytes || epoch->blocked > 0;
    // Hysteresis: a partition goes on when half of what stopped it is gone.
    if (epoch->paused && relieved && eased(*epoch, cap) && epoch->blocked == 0 &&
        !sabotaged(Sabotage::forget_paused))
      to_resume.push_back(epoch);
    if (!epoch->paused && over) over_cap = true;
    if (!epoch->paused && (full || over)) to_pause.push_back(epoch);
  }
  if (!to_resume.empty()) set_paused(to_resume, false);
  if (to_pause.empty()) {
    full_since_ = {};
    return full && active && paused() == 0 ? Advice::wait : Advice::read;
  }
  if (full_since_ == MonotonicTime{}) full_since_ = now;
  if (now - full_since_ < kPatience) return Advice::wait;
  // Waiting was not enough. Full: everything pauses; else only who holds more than a fair part.
  if (over_cap && !full) {
    std::erase_if(to_pause, [&](const auto& epoch) {
      const Held held = held_by(*epoch);
      return held.messages < cap.messages && held.bytes < cap.bytes && epoch->blocked == 0;
    });
  }
  set_paused(to_pause, true);
  full_since_ = {};
  return Advice::read;
}

void FlowControl::set_paused(const std::vector<PartitionEpochPtr>& epochs, bool pause) {
  const kafka::PartitionList list = to_list(epochs);
  const rd_kafka_resp_err_t error =
      pause ? rd_kafka_pause_partitions(state_.client.get(), list.get())
            : rd_kafka_resume_partitions(state_.client.get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    log::warn(
        "pause_failed", "partitions could not be paused or resumed; it is tried again",
        {{"pipeline", state_.pipeline.name}, {"pause", pause}, {"error", kafka::describe(error)}});
    return;
  }
  for (const auto& epoch : epochs) {
    epoch->paused = pause;
    if (pause) pause_interrupts_pass(*epoch);
  }
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

std::uint32_t FlowControl::paused() const {
  std::uint32_t count = 0;
  state_.partitions.for_each([&](const PartitionEpoch& epoch) { count += epoch.paused ? 1 : 0; });
  return count;
}

}  // namespace tidegate
