// SPDX-License-Identifier: Apache-2.0
//
// For whom a command prints. Thread rule: a value.
#pragma once

#include <cstdint>

namespace tidegate::cli {

enum class OutputFormat : std::uint8_t { text, json };

}  // namespace tidegate::cli
