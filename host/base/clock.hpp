// SPDX-License-Identifier: Apache-2.0
//
// Time as a thing that is handed in, so that tests own it. Thread rule: [any].
#pragma once

#include <chrono>

namespace tidegate {

using Duration = std::chrono::nanoseconds;
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  // CLOCK_MONOTONIC.
  [[nodiscard]] virtual MonotonicTime now() const = 0;
  // Unix time; may jump.
  [[nodiscard]] virtual WallTime wall() const = 0;
};

// The system's clocks; one object for the whole process, without state.
const Clock& system_clock();

// How long poll(2) may wait until a time of the system's clock: rounded up, so that it does not
// return just before; at most an hour.
[[nodiscard]] int poll_milliseconds(MonotonicTime until);

}  // namespace tidegate
