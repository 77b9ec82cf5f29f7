// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/numbers.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace tidegate::cli {

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string grouped(std::int64_t number) {
  // Negated in unsigned arithmetic: the lowest number has no positive counterpart.
  if (number < 0) return "-" + grouped(std::uint64_t{0} - static_cast<std::uint64_t>(number));
  return grouped(static_cast<std::uint64_t>(number));
}

std::string readable_seconds(double seconds) {
  std::array<char, 48> text{};
  if (seconds < 0.9995) {
    std::snprintf(text.data(), text.size(), "%.0f ms", seconds * 1e3);
  } else if (seconds < 59.95) {
    std::snprintf(text.data(), text.size(), "%.1f s", seconds);
  } else {
    const auto whole = static_cast<long long>(std::llround(seconds));
    std::snprintf(text.data(), text.size(), "%lld min %02lld s", whole / 60, whole % 60);
  }
  return text.data();
}

}  // namespace tidegate::cli
