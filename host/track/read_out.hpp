// SPDX-License-Identifier: Apache-2.0
//
// Which offsets of a partition were read and are in no committed transaction yet: with gaps in the
// log, the number of messages between two positions is not their difference. Thread rule: [poll] of
// the owning consumer.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

#include "host/base/types.hpp"

namespace tidegate {

class ReadOut {
 public:
  // first..last were read, both included and without a gap. REQUIRES: above all added before.
  void add(Offset first, Offset last) {
    count_ += static_cast<std::uint64_t>(last.value - first.value + 1);
    if (!stretches_.empty() && stretches_.back().last + 1 == first.value) {
      stretches_.back().last = last.value;
    } else {
      stretches_.push_back({first.value, last.value});
    }
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t count_below(Position end) const {
    std::uint64_t sum = 0;
    for (const Stretch& one : stretches_) {
      if (one.first >= end.value) break;
      sum += static_cast<std::uint64_t>(std::min(one.last + 1, end.value) - one.first);
    }
    return sum;
  }
  // The position behind the first `most` messages, at most `end`.
  [[nodiscard]] Position end_of(std::uint64_t most, Position end) const {
    for (const Stretch& one : stretches_) {
      if (one.first >= end.value) break;
      if (most == 0) return Position{one.first};
      const auto length = static_cast<std::uint64_t>(one.last - one.first + 1);
      if (length > most)
        return std::min(Position{one.first + static_cast<std::int64_t>(most)}, end);
      most -= length;
    }
    return end;
  }
  void forget_below(Position end) {
    while (!stretches_.empty() && stretches_.front().first < end.value) {
      Stretch& front = stretches_.front();
      const std::int64_t until = std::min(front.last + 1, end.value);
      count_ -= static_cast<std::uint64_t>(until - front.first);
      front.first = until;
      if (front.first > front.last) stretches_.pop_front();
    }
  }

 private:
  struct Stretch {
    std::int64_t first;
    std::int64_t last;
  };

  std::deque<Stretch> stretches_;  // ascending
  std::uint64_t count_ = 0;
};

}  // namespace tidegate
