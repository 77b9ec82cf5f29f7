// SPDX-License-Identifier: Apache-2.0
#include "host/handle/call_notes.hpp"

#include <algorithm>

namespace tidegate {

void CallNotes::observe(MonotonicTime begin, MonotonicTime end, std::uint64_t calls,
                        const Clock& clock) {
  const double seconds = std::chrono::duration<double>(end - begin).count();
  stats_.duration.observe(seconds / static_cast<double>(calls), calls);
  count(calls);
  const std::int64_t now_ms = clock.wall().time_since_epoch().count();
  observe_ages(now_ms);
  if (!retries_.empty()) [[unlikely]]
    observe_retries(begin, now_ms);
}

// Failures last, so that whoever reads them finds the calls they are a part of: a rate that is read
// in between is never too high.
void CallNotes::count(std::uint64_t calls) {
  stats_.count_calls(ErrorKind::none, calls - failed_);
  if (failed_ == 0) [[likely]]
    return;
  stats_.count_excused(excused_);
  for (std::size_t kind = 0; kind < failures_.size(); ++kind) {
    if (failures_[kind] > 0) stats_.count_calls(static_cast<ErrorKind>(kind), failures_[kind]);
  }
  failed_ = 0;
  excused_ = 0;
  failures_.fill(0);
}

void CallNotes::observe_retries(MonotonicTime begin, std::int64_t now_ms) {
  for (const Retry& retry : retries_) {
    if (retry.due != MonotonicTime{}) {
      const Duration late = std::max(begin - retry.due, Duration::zero());
      stats_.retry_lateness.observe(std::chrono::duration<double>(late).count());
    }
    if (retry.ended)
      stats_.failure_duration.observe(metrics::seconds_between(retry.first_failure_ms, now_ms));
  }
  retries_.clear();
}

void CallNotes::observe_ages(std::int64_t now_ms) {
  if (timestamps_ms_.empty()) return;
  const auto age = [&](std::int64_t timestamp_ms) {
    return metrics::seconds_between(timestamp_ms, now_ms);
  };
  const auto [oldest, newest] = std::minmax_element(timestamps_ms_.begin(), timestamps_ms_.end());
  if (*oldest >= 0 && stats_.age.bucket_of(age(*oldest)) == stats_.age.bucket_of(age(*newest))) {
    stats_.age.observe((age(*oldest) + age(*newest)) / 2, timestamps_ms_.size());
  } else {
    for (const std::int64_t timestamp_ms : timestamps_ms_) {
      if (timestamp_ms >= 0) stats_.age.observe(age(timestamp_ms));
    }
  }
  timestamps_ms_.clear();
}

}  // namespace tidegate
