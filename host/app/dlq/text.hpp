// SPDX-License-Identifier: Apache-2.0
//
// Bytes, times and tables as people and programs read them. Thread rule: pure functions, [any].
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/kafka/held_message.hpp"

namespace tidegate::dlq {

// On one line, and harmless to a terminal: control characters and what is not UTF-8 as \xNN.
[[nodiscard]] std::string printable(std::string_view bytes);
[[nodiscard]] bool is_utf8(std::string_view bytes);
[[nodiscard]] std::string hex(std::string_view bytes);
// RFC 3339 in UTC with milliseconds; "-" where there is none (below 0).
[[nodiscard]] std::string time_text(std::int64_t unix_ms);

// Adds bytes to an object without losing any: under `name` as text or null, where that is not
// possible under `name`_hex.
void put_bytes(nlohmann::ordered_json& object, const std::string& name, kafka::Bytes bytes);

// Columns two blanks apart; the first row is the head. REQUIRES: all rows are of one length.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace tidegate::dlq
