// SPDX-License-Identifier: Apache-2.0
//
// Time that stands still until a test moves it. Thread rule: one thread.
#pragma once

#include "host/base/clock.hpp"

namespace tidegate::fakes {

class FakeClock final : public Clock {
 public:
  MonotonicTime now() const override { return now_; }
  WallTime wall() const override { return wall_; }
  void advance(Duration by) {
    now_ += by;
    wall_ += std::chrono::duration_cast<std::chrono::milliseconds>(by);
  }

 private:
  MonotonicTime now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::milliseconds(1'700'000'000'000)};
};

}  // namespace tidegate::fakes
