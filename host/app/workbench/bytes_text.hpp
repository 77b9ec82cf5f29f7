// SPDX-License-Identifier: Apache-2.0
//
// Bytes that were written as text. Thread rule: pure functions, [any].
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidegate::workbench {

// RFC 4648, padding optional, no line breaks; empty result: the text is none of it.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);
// Two digits a byte, in either case.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

}  // namespace tidegate::workbench
