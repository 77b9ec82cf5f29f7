// SPDX-License-Identifier: Apache-2.0
//
// Files for people that follow from the key table: config/tidegate.example.toml and
// config/REFERENCE.md. A test compares the committed ones. Thread rule: pure functions, [any].
#pragma once

#include <string>
#include <string_view>

namespace tidegate::config {

// Every key with its default or an example; what excludes a neighbour is commented out.
[[nodiscard]] std::string example_toml();
// Every key in tables, for readers.
[[nodiscard]] std::string reference_markdown();

}  // namespace tidegate::config
