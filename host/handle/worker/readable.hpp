// SPDX-License-Identifier: Apache-2.0
//
// Text that a plugin may have written over. Thread rule: [any].
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace tidegate {

// Up to the first NUL, as text that cannot harm a log or a terminal.
template <std::size_t N>
std::string readable(const std::array<char, N>& raw) {
  std::string text(raw.data(), N);
  text.resize(std::min(text.find('\0'), N));
  for (char& c : text) {
    if (c == '\n') c = ' ';
    else if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

}  // namespace tidegate
