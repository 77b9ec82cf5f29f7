// SPDX-License-Identifier: Apache-2.0
//
// Finished ranges in tests. Thread rule: values.
#pragma once

#include <cstdint>
#include <functional>

#include "host/track/finished_ranges.hpp"

namespace tidegate {

inline FinishedRange range(std::int64_t first, std::int64_t last) {
  return {Offset{first}, Offset{last}};
}

// Ranges from a rule that says of every offset in [1, end) whether it is unfinished; 0 is.
inline FinishedRanges ranges_where(std::int64_t end,
                                   const std::function<bool(std::int64_t)>& unfinished) {
  FinishedRanges ranges;
  bool open = false;
  for (std::int64_t offset = 1; offset < end; ++offset) {
    if (unfinished(offset)) {
      open = false;
    } else if (open) {
      ranges.back().last = Offset{offset};
    } else {
      ranges.push_back(range(offset, offset));
      open = true;
    }
  }
  return ranges;
}

}  // namespace tidegate
