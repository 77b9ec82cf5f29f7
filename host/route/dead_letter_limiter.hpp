// SPDX-License-Identifier: Apache-2.0
//
// An outage behind the handler fails every message; without a limit it would dead-letter a whole
// topic. When too many of the messages that ended lately are dead letters the pipeline pauses, and
// stays paused until somebody has looked and resumes it (DESIGN §5). Copies to retry topics do not
// count: those messages have not ended. With isolation = "process" it also pauses when many
// different messages crash their worker: then the plugin is broken, not the data. Shared by the
// consumers of a pipeline. Thread rule: [any], one lock per call.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"

namespace tidegate {

class DeadLetterLimiter {
 public:
  // max_ratio: of dead letters among the last 1,000 ends, 1: no limit; max_consecutive: 0: no
  // limit.
  DeadLetterLimiter(double max_ratio, std::uint32_t max_consecutive)
      : max_ratio_(max_ratio), max_consecutive_(max_consecutive), window_(kWindow) {}

  // How many different messages may crash within so long; 0: no limit. Before it is shared.
  void limit_crashes(std::uint32_t messages, Duration window) {
    max_crashing_ = messages;
    crash_window_ = window;
  }

  // So many messages ended well, or were dropped.
  void ended(std::uint64_t messages);
  // Whether one more may become a dead letter; counts it. No trips the limiter.
  [[nodiscard]] bool admit();
  // A message has crashed its worker, for the first time or again. Whether that trips the limiter.
  [[nodiscard]] bool trips_on_crash(std::string place, MonotonicTime now);
  [[nodiscard]] bool tripped() const { return tripped_.load(std::memory_order_acquire); }
  // Empties the window and lets messages go on.
  void resume();

 private:
  static constexpr std::size_t kWindow = 1000;
  static constexpr std::size_t kLeast = 100;  // ends before the ratio says anything

  void push(bool dead_letter) TIDEGATE_REQUIRES(mutex_);

  const double max_ratio_;
  const std::uint32_t max_consecutive_;
  std::atomic<bool> tripped_{false};
  Mutex mutex_;
  std::vector<bool> window_ TIDEGATE_GUARDED_BY(mutex_);  // a ring; true: a dead letter
  std::size_t next_ TIDEGATE_GUARDED_BY(mutex_) = 0;
  std::size_t size_ TIDEGATE_GUARDED_BY(mutex_) = 0;
  std::size_t dead_ TIDEGATE_GUARDED_BY(mutex_) = 0;
  std::uint64_t consecutive_ TIDEGATE_GUARDED_BY(mutex_) = 0;
  std::uint32_t max_crashing_ = 0;
  Duration crash_window_{};
  std::map<std::string, MonotonicTime> crashed_ TIDEGATE_GUARDED_BY(mutex_);  // last time
};

}  // namespace tidegate
