// SPDX-License-Identifier: Apache-2.0
//
// What a slot notes of its calls, once a stride: how many, how long, how old their messages were,
// how late those that had failed before. Thread rule: [slot], its owner.
#pragma once

#include <tidegate/plugin.h>

#include <array>
#include <cstdint>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/kafka/held_message.hpp"
#include "host/handle/slot_stats.hpp"

namespace tidegate {

class CallNotes {
 public:
  // stats outlives it. most: calls of a stride.
  CallNotes(SlotStats& stats, std::uint32_t most) : stats_(stats) { timestamps_ms_.reserve(most); }

  // A message of the stride. REQUIRES of answered(): the message is still there.
  void seen(std::int64_t timestamp_ms) { timestamps_ms_.push_back(timestamp_ms); }
  void answered(const kafka::HeldMessage& message, bool ok) {
    if (const kafka::Origin* origin = message.origin()) [[unlikely]]
      retries_.push_back({origin->due, origin->first_failure_ms, ok});
  }
  // A call that failed, in which way, and what it answered.
  void failed(ErrorKind kind, tidegate_status answer) {
    ++failed_;
    ++failures_[static_cast<std::size_t>(kind)];
    // The handler chose to skip its message, or it is not its fault.
    if (answer == TIDEGATE_DROP || answer == TIDEGATE_PAUSE) ++excused_;
  }
  // One whose answer counts neither as failed nor as ok.
  void leave_out() { ++failed_; }
  // The stride is over: so many calls took from begin to end.
  void observe(MonotonicTime begin, MonotonicTime end, std::uint64_t calls, const Clock& clock);

 private:
  struct Retry {
    MonotonicTime due;
    std::int64_t first_failure_ms;
    bool ended;
  };
  void count(std::uint64_t calls);
  void observe_ages(std::int64_t now_ms);
  void observe_retries(MonotonicTime begin, std::int64_t now_ms);

  SlotStats& stats_;
  // Of the stride.
  std::uint32_t failed_ = 0;
  std::array<std::uint32_t, kCallKindCount> failures_{};
  std::uint32_t excused_ = 0;
  std::vector<std::int64_t> timestamps_ms_;
  std::vector<Retry> retries_;  // of messages that had failed before
};

}  // namespace tidegate
