// SPDX-License-Identifier: Apache-2.0
//
// Lanes whose first message failed and waits where it is for its next attempt (retry.mode =
// "in_place"): nothing of such a lane starts before its time, other lanes go on. In a deque, which
// gives memory back when they go on, and has none to spare when they are many. Thread rule: [poll]
// of the owning consumer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>

#include "host/base/check.hpp"
#include "host/base/clock.hpp"
#include "host/dispatch/lane.hpp"

namespace tidegate {

class ParkedLanes {
 public:
  // REQUIRES: the lane is not parked, and it does not go before its time has come.
  void park(Lane& lane, MonotonicTime until) {
    TIDEGATE_CHECK(!lane.parked, "only the first message of a lane can wait for its next attempt");
    lane.parked = true;
    lanes_.push_back({until, &lane});
    std::push_heap(lanes_.begin(), lanes_.end(), later);
  }
  // Calls go_on(Lane&) for each lane whose time has come.
  template <class GoOn>
  void unpark_due(MonotonicTime now, GoOn go_on) {
    while (!lanes_.empty() && lanes_.front().until <= now) {
      Lane& lane = *lanes_.front().lane;
      std::pop_heap(lanes_.begin(), lanes_.end(), later);
      lanes_.pop_back();
      lane.parked = false;
      go_on(lane);
    }
  }
  // When the next one goes on; empty: none is parked.
  [[nodiscard]] std::optional<MonotonicTime> next() const {
    if (lanes_.empty()) return std::nullopt;
    return lanes_.front().until;
  }
  // Calls visit(Lane&) for each, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Parked& parked : lanes_) visit(*parked.lane);
  }
  void clear() {
    for (const Parked& parked : lanes_) parked.lane->parked = false;
    lanes_.clear();
  }
  [[nodiscard]] std::size_t size() const { return lanes_.size(); }
  // Of memory, for each.
  static constexpr std::size_t kBytes = sizeof(MonotonicTime) + sizeof(void*);

 private:
  struct Parked {
    MonotonicTime until;
    Lane* lane;
  };
  static bool later(const Parked& a, const Parked& b) { return a.until > b.until; }

  static_assert(sizeof(Parked) == kBytes);

  std::deque<Parked> lanes_;  // a heap, the earliest in front
};

}  // namespace tidegate
