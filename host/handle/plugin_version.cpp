// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin_version.hpp"

#include <charconv>

namespace tidegate {

std::uint32_t PluginVersion::hash() const {
  std::uint32_t value = 0;
  constexpr std::size_t kDigits = 8;
  constexpr int kHexadecimal = 16;
  if (sha256.size() >= kDigits)
    (void)std::from_chars(sha256.data(), sha256.data() + kDigits, value, kHexadecimal);
  return value;
}

}  // namespace tidegate
