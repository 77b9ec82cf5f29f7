// SPDX-License-Identifier: Apache-2.0
//
// A FIFO of messages that must not overtake one another: while one of them is in a slot, no other
// chunk gets any (invariant 6). There may be one for each message in flight, so what it takes is
// part of what a message costs (consume/memory_meter.hpp). Thread rule: [poll] of the owning
// consumer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "host/dispatch/item_queue.hpp"

namespace tidegate {

class Lane {
 public:
  std::string key;          // of a keyed lane; a copy, because the messages go before the lane does
  ItemQueue queue;          // waiting
  Lane* next = nullptr;     // in its partition's list of ready lanes, or among the spare ones
  Lane* chained = nullptr;  // in the table of lanes
  std::uint32_t hash = 0;   // its place there
  std::uint32_t running = 0;  // handed out and not yet back
  bool listed = false;        // stands in its partition's list of ready lanes
  bool parked = false;        // its first message waits for its next attempt (parked_lanes.hpp)
  bool of_a_key = false;      // found by its key

  [[nodiscard]] bool runnable() const { return running == 0 && !parked && !queue.empty(); }
};

// FIFO of lanes linked through Lane::next.
class LaneList {
 public:
  void push_back(Lane& lane) {
    lane.next = nullptr;
    (tail_ != nullptr ? tail_->next : head_) = &lane;
    tail_ = &lane;
  }
  // REQUIRES: not empty.
  Lane& pop_front() {
    Lane& lane = *head_;
    head_ = lane.next;
    if (head_ == nullptr) tail_ = nullptr;
    return lane;
  }
  [[nodiscard]] bool empty() const { return head_ == nullptr; }

 private:
  Lane* head_ = nullptr;
  Lane* tail_ = nullptr;
};

}  // namespace tidegate
