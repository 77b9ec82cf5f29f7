// SPDX-License-Identifier: Apache-2.0
//
// Keeps one call site from flooding the log: so many lines a window, and the next line that is let
// through says how many were held back. One object per call site (and pipeline).
//
//   if (const auto suppressed = limit_.admit()) {
//     log::warn("handler_failed", "a handler call failed", {…, {"suppressed", *suppressed}});
//   }
//
// Thread rule: [any]. Its lock is free again when admit returns, so the logger is not called under
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"

namespace tidegate::log {

class RateLimit {
 public:
  explicit RateLimit(const Clock& clock = system_clock(), std::uint32_t max_lines = 10,
                     Duration window = std::chrono::seconds(1));

  // Empty: hold the line back (it is counted). Else: write it; the number of lines held back since
  // the last one that was written.
  [[nodiscard]] std::optional<std::uint64_t> admit();

 private:
  const Clock& clock_;
  const std::uint32_t max_lines_;
  const Duration window_;
  Mutex mutex_;
  std::optional<MonotonicTime> window_start_ TIDEGATE_GUARDED_BY(mutex_);
  std::uint32_t lines_in_window_ TIDEGATE_GUARDED_BY(mutex_) = 0;
  std::uint64_t suppressed_ TIDEGATE_GUARDED_BY(mutex_) = 0;
};

}  // namespace tidegate::log
