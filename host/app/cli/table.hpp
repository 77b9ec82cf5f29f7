// SPDX-License-Identifier: Apache-2.0
//
// Rows of text as a table for people: the first columns to the left, figures to the right. Thread
// rule: pure, [any].
#pragma once

#include <string>
#include <vector>

namespace tidegate::cli {

// In a cell whose value nobody knows.
inline constexpr const char* kUnknown = "-";

// The first row is the heading; the first `names` columns stand on the left. Two blanks between
// columns, none at the end of a line. REQUIRES: every row has the heading's columns.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows,
                                std::size_t names);

}  // namespace tidegate::cli
