// SPDX-License-Identifier: Apache-2.0
//
// Numbers as people read them. Thread rule: pure, [any].
#pragma once

#include <cstdint>
#include <string>

namespace tidegate::cli {

// 1234567 -> "1,234,567".
[[nodiscard]] std::string grouped(std::int64_t number);
[[nodiscard]] std::string grouped(std::uint64_t number);
// Seconds with a sensible unit: "850 ms", "12.3 s", "4 min 05 s".
[[nodiscard]] std::string readable_seconds(double seconds);

}  // namespace tidegate::cli
