// SPDX-License-Identifier: Apache-2.0
//
// What one handler slot counts: written by its slot without locks, read by any scrape.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "host/base/metrics/histogram.hpp"
#include "host/base/outcome.hpp"

namespace tidegate {

class SlotStats {
 public:
  // [slot]
  void count_calls(ErrorKind kind, std::uint64_t calls) {
    auto& count = calls_[static_cast<std::size_t>(kind)];
    count.store(count.load(std::memory_order_relaxed) + calls, std::memory_order_release);
  }
  // [slot] Of the calls that did not succeed, those that are nobody's failure: drop, pause.
  void count_excused(std::uint64_t calls) {
    excused_.store(excused_.load(std::memory_order_relaxed) + calls, std::memory_order_release);
  }
  // [any]
  [[nodiscard]] std::uint64_t excused() const { return excused_.load(std::memory_order_acquire); }
  // [any]
  [[nodiscard]] std::uint64_t calls(ErrorKind kind) const {
    return calls_[static_cast<std::size_t>(kind)].load(std::memory_order_acquire);
  }

  metrics::Histogram duration{metrics::handler_duration_bounds()};
  metrics::Histogram age{metrics::message_age_bounds()};
  metrics::Histogram retry_lateness{metrics::retry_lateness_bounds()};
  metrics::Histogram failure_duration{metrics::failure_duration_bounds()};

 private:
  std::array<std::atomic<std::uint64_t>, kCallKindCount> calls_{};
  std::atomic<std::uint64_t> excused_{0};
};

}  // namespace tidegate
