// SPDX-License-Identifier: Apache-2.0
#include "host/route/dead_letter_limiter.hpp"

#include <algorithm>
#include <utility>

namespace tidegate {

void DeadLetterLimiter::ended(std::uint64_t messages) {
  if (messages == 0) return;
  MutexLock lock(mutex_);
  consecutive_ = 0;
  if (dead_ == 0) {
    // Nothing but good ends: only their number matters.
    size_ = std::min<std::size_t>(kWindow, size_ + std::min<std::uint64_t>(messages, kWindow));
    return;
  }
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(messages, kWindow); ++i) push(false);
}

bool DeadLetterLimiter::admit() {
  MutexLock lock(mutex_);
  if (tripped_.load(std::memory_order_relaxed)) return false;
  const bool too_many_in_a_row = max_consecutive_ > 0 && consecutive_ >= max_consecutive_;
  const std::size_t size = std::min(size_ + 1, kWindow);
  const std::size_t leaves = size_ == kWindow && window_[next_] ? 1 : 0;
  const double ratio = static_cast<double>(dead_ + 1 - leaves) / static_cast<double>(size);
  if (too_many_in_a_row || (size >= kLeast && ratio > max_ratio_)) {
    tripped_.store(true, std::memory_order_release);
    return false;
  }
  push(true);
  ++consecutive_;
  return true;
}

bool DeadLetterLimiter::trips_on_crash(std::string place, MonotonicTime now) {
  MutexLock lock(mutex_);
  if (max_crashing_ == 0) return false;
  std::erase_if(crashed_, [&](const auto& one) { return now - one.second > crash_window_; });
  crashed_[std::move(place)] = now;
  if (crashed_.size() <= max_crashing_) return false;
  return !tripped_.exchange(true, std::memory_order_acq_rel);
}

void DeadLetterLimiter::push(bool dead_letter) {
  if (size_ == kWindow) dead_ -= window_[next_] ? 1 : 0;
  else ++size_;
  window_[next_] = dead_letter;
  dead_ += dead_letter ? 1 : 0;
  next_ = (next_ + 1) % kWindow;
}

void DeadLetterLimiter::resume() {
  MutexLock lock(mutex_);
  std::fill(window_.begin(), window_.end(), false);
  next_ = size_ = dead_ = 0;
  consecutive_ = 0;
  crashed_.clear();
  tripped_.store(false, std::memory_order_release);
}

}  // namespace tidegate
