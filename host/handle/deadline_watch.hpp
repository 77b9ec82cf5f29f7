// SPDX-License-Identifier: Apache-2.0
//
// Looks at running handler calls and reports those that take too long, once per call and limit. In
// thread isolation that is all that can be done: the outcome is what the call returns (DESIGN §7).
// Thread rule: check() on one thread; the counts are [any].
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "host/base/clock.hpp"
#include "host/handle/running_call.hpp"

namespace tidegate {

class DeadlineWatch {
 public:
  // Zero limits are off.
  DeadlineWatch(std::string pipeline, Duration soft, Duration hard);
  // Logs and counts each call that has passed a limit since the last check.
  void check(const std::vector<CallInfo>& calls, MonotonicTime now);

  [[nodiscard]] std::uint64_t soft_passed() const {
    return soft_passed_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t hard_passed() const {
    return hard_passed_.load(std::memory_order_relaxed);
  }

 private:
  // How far a call has been reported. A call is known by its place and start.
  enum class Reported : std::uint8_t { soft, hard };
  struct Key {
    const PartitionSource* source;
    Offset offset;
    MonotonicTime started;
    auto operator<=>(const Key&) const = default;
  };

  void report(const CallInfo& call, Duration age, Reported limit) const;

  const std::string pipeline_;
  const Duration soft_;
  const Duration hard_;
  std::map<Key, Reported> reported_;
  std::atomic<std::uint64_t> soft_passed_{0};
  std::atomic<std::uint64_t> hard_passed_{0};
};

}  // namespace tidegate
