// SPDX-License-Identifier: Apache-2.0
#include "host/base/log_limit.hpp"

#include <utility>

namespace tidegate::log {

RateLimit::RateLimit(const Clock& clock, std::uint32_t max_lines, Duration window)
    : clock_(clock), max_lines_(max_lines), window_(window) {}

std::optional<std::uint64_t> RateLimit::admit() {
  const MonotonicTime now = clock_.now();
  const MutexLock lock(mutex_);
  if (!window_start_ || now - *window_start_ >= window_) {
    window_start_ = now;
    lines_in_window_ = 0;
  }
  if (lines_in_window_ == max_lines_) {
    ++suppressed_;
    return std::nullopt;
  }
  ++lines_in_window_;
  return std::exchange(suppressed_, 0);
}

}  // namespace tidegate::log
