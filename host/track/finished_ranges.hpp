// SPDX-License-Identifier: Apache-2.0
//
// Stretches of offsets of which nothing is left to do: finished, or not in the log. What a resume
// map says, and what a tracker knows above its position. Thread rule: values, [any].
#pragma once

#include <cstddef>
#include <vector>

#include "host/base/types.hpp"

namespace tidegate {

struct FinishedRange {
  Offset first;
  Offset last;  // included
  friend constexpr auto operator<=>(const FinishedRange&, const FinishedRange&) = default;
};

// Ascending; between two of them at least one offset is unfinished or was not read yet.
using FinishedRanges = std::vector<FinishedRange>;

// No map has more, whatever it says: reading a hostile one takes a megabyte at most.
inline constexpr std::size_t kMostFinishedRanges = 65'536;

}  // namespace tidegate
