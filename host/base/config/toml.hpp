// SPDX-License-Identifier: Apache-2.0
//
// From TOML text to a tree; the only place that knows toml++. Thread rule: pure functions, [any].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/config/node.hpp"

namespace tidegate::config {

struct SyntaxError {
  Place place;
  std::string what;
};

struct Parsed {
  std::optional<Table> root;  // or the error
  SyntaxError error;
};

// The parser stops at the first syntax error or duplicate key.
[[nodiscard]] Parsed parse_toml(std::string_view text, std::uint32_t origin);

}  // namespace tidegate::config
