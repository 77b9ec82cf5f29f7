// SPDX-License-Identifier: Apache-2.0
//
// The lanes of one partition in one epoch. Ordering is nothing but the choice of the lane:
// by partition there is one, by key one per key (made on demand, gone when empty), else none, and a
// message without a lane may go to any free slot. Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "host/base/config/model.hpp"
#include "host/dispatch/lane_table.hpp"
#include "host/dispatch/parked_lanes.hpp"

namespace tidegate {

class PartitionLanes : public PartitionSource {
 public:
  explicit PartitionLanes(config::Ordering ordering) : ordering_(ordering) {}

  // Queues a message behind those of its lane.
  void add(Item&& item);
  // Queues a message before those of its lane: it was handed out and not begun.
  void put_front(Item&& item);
  // Moves up to `most` messages that may start now into a chunk, lanes in turn; they count as
  // running.
  void take(std::uint32_t most, std::vector<Item>& into);
  // A message of this lane that was running came back, or was taken back before it began.
  void stopped_running(Lane* lane);
  // A message that was running waits until then for its next attempt; its lane waits with it, other
  // lanes go on. Without a lane it gets one of its own. REQUIRES: put_front() follows.
  void park(Item& item, MonotonicTime until);
  // Lets lanes go on whose time has come.
  void unpark_due(MonotonicTime now);
  // When unpark_due() should be called next; empty: nothing is parked.
  [[nodiscard]] std::optional<MonotonicTime> next_unpark() const { return parked_.next(); }
  // Lanes that are parked, and so the messages that wait for their next attempt.
  [[nodiscard]] std::uint64_t parked() const { return parked_.size(); }
  // Whether the partition is one lane, and that is parked.
  [[nodiscard]] bool all_parked() const { return whole_.parked; }
  // Messages that stand behind those.
  [[nodiscard]] std::uint64_t behind_parked() const;
  // Removes these but for the first `keep` of each lane, calling drop(Item&&) for each; of a lane,
  // the last one comes first.
  template <class Drop>
  void remove_behind_parked(std::uint64_t keep, Drop drop);

  // What a lane holds: nothing; something that will start; its first message waits for its next
  // attempt.
  enum class LaneState : std::uint8_t { dry, held, parked };
  // The lane of a message: a key, or empty text where the partition is one lane; none: it has none.
  [[nodiscard]] std::optional<std::string_view> lane_name(const Item& item) const;
  [[nodiscard]] LaneState state_of(std::string_view lane_name) const;

  // Removes everything queued, calling drop(Item&&) for each message.
  template <class Drop>
  void clear(Drop drop);
  // Calls visit(Item&) for each queued message.
  template <class Visit>
  void for_each_queued(Visit visit);

  // Messages that may start now.
  [[nodiscard]] std::uint64_t ready() const { return ready_; }
  // How many slots could work on these lanes at once.
  [[nodiscard]] std::uint64_t parallelism() const { return free_.size() + ready_lane_count_; }
  // Messages waiting, ready or behind a running one.
  [[nodiscard]] std::uint64_t queued() const { return queued_; }

  // Nothing of this partition starts before; the epoch's beginning: nothing holds it.
  MonotonicTime held_until;

  // For the dispatcher, its only user.
  MonotonicTime ready_since;   // when ready() last rose from 0
  bool listed = false;         // stands in the dispatcher's list of partitions with ready messages
  bool parked_listed = false;  // and in that of partitions with parked lanes

 private:
  // Null: the message has no lane.
  [[nodiscard]] Lane* lane_of(const Item& item);
  void list_if_runnable(Lane& lane);
  void retire_if_empty(Lane& lane);

  const config::Ordering ordering_;
  Lane whole_;       // ordering by partition
  ItemQueue free_;   // messages without a lane
  LaneTable lanes_;  // of keys, and of parked messages that had none
  LaneList ready_lanes_;
  ParkedLanes parked_;
  std::uint64_t ready_lane_count_ = 0;
  std::uint64_t ready_ = 0;
  std::uint64_t queued_ = 0;
};

template <class Drop>
void PartitionLanes::clear(Drop drop) {
  const auto empty = [&](ItemQueue& queue) {
    while (!queue.empty()) drop(queue.pop_front());
  };
  empty(free_);
  empty(whole_.queue);
  lanes_.for_each([&](Lane& lane) { empty(lane.queue); });
  while (!ready_lanes_.empty()) ready_lanes_.pop_front().listed = false;
  parked_.clear();
  ready_lane_count_ = 0;
  ready_ = 0;
  queued_ = 0;
}

template <class Drop>
void PartitionLanes::remove_behind_parked(std::uint64_t keep, Drop drop) {
  parked_.for_each([&](Lane& lane) {
    while (lane.queue.size() > 1 + keep) {
      --queued_;
      drop(lane.queue.pop_back());
    }
    lane.queue.fit();
  });
}

template <class Visit>
void PartitionLanes::for_each_queued(Visit visit) {
  free_.for_each(visit);
  whole_.queue.for_each(visit);
  lanes_.for_each([&](Lane& lane) { lane.queue.for_each(visit); });
}

}  // namespace tidegate
