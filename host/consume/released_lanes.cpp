// SPDX-License-Identifier: Apache-2.0
#include "host/consume/released_lanes.hpp"

#include <algorithm>

#include "host/base/check.hpp"

namespace tidegate {

using LaneState = PartitionLanes::LaneState;

void ReleasedLanes::release(std::string_view lane, Offset offset) {
  auto known = marks_.find(lane);
  if (known == marks_.end()) {
    known = marks_.emplace(lane, Mark{.from = offset}).first;
    bytes_ += kMarkBytes + lane.size();
  }
  Mark& mark = known->second;
  mark.from = std::min(mark.from, offset);
  // A pass that is under way may be past this offset already.
  mark.pass = pass_;
  mark.followed = false;
}

void ReleasedLanes::clear() {
  marks_.clear();
  bytes_ = 0;
  passing_ = false;
}

std::optional<Offset> ReleasedLanes::begin_at(const PartitionLanes& lanes) const {
  std::optional<Offset> first;
  for (const auto& [lane, mark] : marks_) {
    if (first && mark.from >= *first) continue;
    if (lanes.state_of(lane) == LaneState::dry) first = mark.from;
  }
  return first;
}

void ReleasedLanes::begin_pass(Offset begin, Position end) {
  TIDEGATE_CHECK(!passing_, "a partition has one pass at a time");
  passing_ = true;
  ++pass_;
  begin_ = begin;
  end_ = end;
}

bool ReleasedLanes::take(const PartitionLanes& lanes, std::string_view lane, Offset offset) {
  const auto known = marks_.find(lane);
  if (known == marks_.end() || offset < known->second.from) return false;
  Mark& mark = known->second;
  if (mark.pass != pass_) {
    // The first of its messages that this pass meets; of one that begins below it, others were
    // passed over.
    mark.pass = pass_;
    mark.followed = mark.from >= begin_ && lanes.state_of(lane) == LaneState::dry;
  }
  if (!mark.followed) return false;
  mark.from = Offset{position_after(offset).value};
  return true;
}

template <class Gone>
void ReleasedLanes::erase_if(Gone gone) {
  for (auto at = marks_.begin(); at != marks_.end();) {
    if (!gone(at->second)) {
      ++at;
      continue;
    }
    bytes_ -= kMarkBytes + at->first.size();
    at = marks_.erase(at);
  }
}

void ReleasedLanes::end_pass() {
  passing_ = false;
  erase_if([&](const Mark& mark) {
    // Followed to the end; or never met, although the pass came by: the log has none of it any
    // more.
    return mark.pass == pass_ ? mark.followed : mark.from >= begin_;
  });
}

void ReleasedLanes::abort_pass() {
  passing_ = false;
  for (auto& [lane, mark] : marks_) mark.followed = false;
}

void ReleasedLanes::lose_below(Offset offset, Position next) {
  erase_if([&](Mark& mark) {
    mark.from = std::max(mark.from, offset);
    return mark.from.value >= next.value;
  });
}

}  // namespace tidegate
