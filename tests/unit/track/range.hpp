// SPDX-License-Identifier: Apache-2.0
//
// Finished ranges in tests. Thread rule: values.
#pragma once

#include "host/track/finished_ranges.hpp"

namespace tidegate {

inline FinishedRange range(std::int64_t first, std::int64_t last) {
  return {Offset{first}, Offset{last}};
}

}  // namespace tidegate
