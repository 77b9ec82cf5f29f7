// SPDX-License-Identifier: Apache-2.0
//
// Sums of counters that stand in an array. Thread rule: pure, [any].
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>

namespace tidegate::metrics {

template <class T, std::size_t N>
void add_each(std::array<T, N>& sums, const std::array<T, N>& part) {
  std::transform(sums.begin(), sums.end(), part.begin(), sums.begin(), std::plus<>());
}

}  // namespace tidegate::metrics
