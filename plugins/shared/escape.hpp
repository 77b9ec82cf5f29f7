// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as one word of printable ASCII: every other byte, and what a reader of lines and fields
// would stumble over, becomes %XX. Thread rule: [any].
#pragma once

#include <string>
#include <string_view>

namespace plugins {

// Appends at most max_bytes of the input.
inline void append_escaped(std::string& out, std::string_view bytes,
                           std::size_t max_bytes = std::string_view::npos) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : bytes.substr(0, max_bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte <= '~' && c != '%') {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
}

}  // namespace plugins
