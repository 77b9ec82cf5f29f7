// SPDX-License-Identifier: Apache-2.0
#include "host/dispatch/partition_lanes.hpp"

#include <utility>

namespace tidegate {

Lane* PartitionLanes::lane_of(const Item& item) {
  switch (ordering_) {
    case config::Ordering::partition: return &whole_;
    case config::Ordering::key: {
      const kafka::Bytes key = item.message.key();
      return key.data() == nullptr ? nullptr : &lanes_.find_or_add(key);
    }
    case config::Ordering::none: break;
  }
  return nullptr;
}

void PartitionLanes::add(Item&& item) {
  Lane* lane = lane_of(item);
  item.lane = lane;
  ++queued_;
  if (lane == nullptr) {
    free_.push_back(std::move(item));
    ++ready_;
    return;
  }
  lane->queue.push_back(std::move(item));
  if (lane->listed) ++ready_;
  else list_if_runnable(*lane);
}

void PartitionLanes::put_front(Item&& item) {
  Lane* lane = item.lane;
  ++queued_;
  if (lane == nullptr) {
    free_.push_front(std::move(item));
    ++ready_;
    return;
  }
  lane->queue.push_front(std::move(item));
  if (lane->parked) lane->queue.fit();
  stopped_running(lane);
}

void PartitionLanes::list_if_runnable(Lane& lane) {
  if (lane.listed || !lane.runnable()) return;
  lane.listed = true;
  ready_ += lane.queue.size();
  ready_lanes_.push_back(lane);
  ++ready_lane_count_;
}

void PartitionLanes::stopped_running(Lane* lane) {
  if (lane == nullptr) return;
  --lane->running;
  list_if_runnable(*lane);
  retire_if_empty(*lane);
}

void PartitionLanes::retire_if_empty(Lane& lane) {
  if (&lane == &whole_ || lane.running > 0 || !lane.queue.empty()) return;
  lanes_.remove(lane);
}

void PartitionLanes::park(Item& item, MonotonicTime until) {
  if (item.lane == nullptr) {
    item.lane = &lanes_.add_without_key();
    item.lane->running = 1;
  }
  parked_.park(*item.lane, until);
}

void PartitionLanes::unpark_due(MonotonicTime now) {
  parked_.unpark_due(now, [this](Lane& lane) { list_if_runnable(lane); });
}

std::uint64_t PartitionLanes::behind_parked() const {
  std::uint64_t messages = 0;
  parked_.for_each([&](const Lane& lane) { messages += lane.queue.size() - 1; });
  return messages;
}

std::optional<std::string_view> PartitionLanes::lane_name(const Item& item) const {
  if (ordering_ == config::Ordering::partition) return std::string_view();
  const kafka::Bytes key = item.message.key();
  if (ordering_ == config::Ordering::none || key.data() == nullptr) return std::nullopt;
  return key;
}

PartitionLanes::LaneState PartitionLanes::state_of(std::string_view lane_name) const {
  const Lane* lane = &whole_;
  if (ordering_ != config::Ordering::partition) {
    lane = lanes_.find(lane_name);
    if (lane == nullptr) return LaneState::dry;
  }
  if (lane->parked) return LaneState::parked;
  return lane->running == 0 && lane->queue.empty() ? LaneState::dry : LaneState::held;
}

void PartitionLanes::take(std::uint32_t most, std::vector<Item>& into) {
  const auto take_from = [&](ItemQueue& queue) {
    into.push_back(queue.pop_front());
    --ready_;
    --queued_;
  };
  while (into.size() < most && !free_.empty()) take_from(free_);
  while (into.size() < most && !ready_lanes_.empty()) {
    Lane& lane = ready_lanes_.pop_front();
    --ready_lane_count_;
    lane.listed = false;
    while (into.size() < most && !lane.queue.empty()) {
      take_from(lane.queue);
      ++lane.running;
    }
    ready_ -= lane.queue.size();  // what stays waits behind what runs
  }
}

}  // namespace tidegate
