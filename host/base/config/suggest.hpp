// SPDX-License-Identifier: Apache-2.0
//
// "did you mean": the known name nearest to what was written. Thread rule: pure function, [any].
#pragma once

#include <span>
#include <string_view>

namespace tidegate::config {

// The candidate with the fewest edits (insert, delete, replace, swap neighbours); empty where none
// is near enough to be what was meant.
[[nodiscard]] std::string_view nearest(std::string_view written,
                                       std::span<const std::string_view> candidates);

}  // namespace tidegate::config
