// SPDX-License-Identifier: Apache-2.0
//
// The lanes of one partition in one epoch. Ordering is nothing but the choice of the lane:
// by partition there is one, by key one per key (made on demand, gone when empty), else none, and a
// message without a lane may go to any free slot. Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>
#include <deque>
#include <memory_resource>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/base/config/model.hpp"
#include "host/dispatch/lane.hpp"

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
  MonotonicTime ready_since;  // when ready() last rose from 0
  bool listed = false;        // stands in the dispatcher's list of partitions with ready messages

 private:
  // Null: the message has no lane.
  [[nodiscard]] Lane* lane_of(const Item& item);
  [[nodiscard]] Lane* lane_of_key(std::string_view key);
  void list_if_runnable(Lane& lane);
  void retire_if_empty(Lane& lane);

  const config::Ordering ordering_;
  Lane whole_;      // ordering by partition
  ItemQueue free_;  // messages without a lane
  LaneList ready_lanes_;
  std::uint64_t ready_lane_count_ = 0;
  std::uint64_t ready_ = 0;
  std::uint64_t queued_ = 0;

  // Lanes by key. Nodes come from the pool resource, lanes from the deque: nothing is allocated per
  // message once both have grown.
  std::pmr::unsynchronized_pool_resource nodes_;
  std::pmr::unordered_map<std::string_view, Lane*> by_key_{&nodes_};
  std::deque<Lane> lanes_;
  Lane* unused_ = nullptr;
};

template <class Drop>
void PartitionLanes::clear(Drop drop) {
  const auto empty = [&](ItemQueue& queue) {
    while (!queue.empty()) drop(queue.pop_front());
  };
  empty(free_);
  empty(whole_.queue);
  for (Lane& lane : lanes_) empty(lane.queue);
  while (!ready_lanes_.empty()) ready_lanes_.pop_front().listed = false;
  ready_lane_count_ = 0;
  ready_ = 0;
  queued_ = 0;
}

template <class Visit>
void PartitionLanes::for_each_queued(Visit visit) {
  free_.for_each(visit);
  whole_.queue.for_each(visit);
  for (Lane& lane : lanes_) lane.queue.for_each(visit);
}

}  // namespace tidegate
