// SPDX-License-Identifier: Apache-2.0
#include "host/base/clock.hpp"

#include <algorithm>
#include <cstdint>

namespace tidegate {
namespace {

class SystemClock final : public Clock {
 public:
  MonotonicTime now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

int poll_milliseconds(MonotonicTime until) {
  constexpr std::int64_t kHour = 3'600'000;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - system_clock().now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kHour));
}

}  // namespace tidegate
