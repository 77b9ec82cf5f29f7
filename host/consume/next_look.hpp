// SPDX-License-Identifier: Apache-2.0
//
// When to look again through everything that is queued, or released. With a million keys that takes
// hundreds of milliseconds, so it has to be done the more seldom the longer it takes. Thread rule:
// a pure function, [any].
#pragma once

#include <algorithm>

#include "host/base/clock.hpp"

namespace tidegate {

// After a look from `began` to `ended`: looking takes a tenth of the time, or there is at least
// `between` between two of them.
[[nodiscard]] inline MonotonicTime next_look(MonotonicTime began, MonotonicTime ended,
                                             Duration between) {
  constexpr int kPart = 10;
  return began + std::max(between, kPart * (ended - began));
}

}  // namespace tidegate
