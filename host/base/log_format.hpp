// SPDX-License-Identifier: Apache-2.0
//
// How one log line looks, as JSON and as text. Pure functions, so that tests can read what
// operators read. A line is valid and stays one line whatever bytes a field holds. Thread rule:
// [any].
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "host/base/log.hpp"

namespace tidegate::log {

enum class Colour : std::uint8_t { off, on };

// One line without its newline.
struct Line {
  std::chrono::system_clock::time_point time;
  Level level = Level::info;
  std::string_view event;
  std::string_view text;
  Fields fields;
};

[[nodiscard]] std::string_view name(Level level);
// {"ts":…,"level":…,"event":…,"msg":…, fields…}; a field with one of these four names gets a "_"
// behind it.
[[nodiscard]] std::string format_json(const Line& line);
// time LEVEL text  name=value …; values with blanks or odd bytes are quoted as in JSON.
[[nodiscard]] std::string format_text(const Line& line, Colour colour);
// RFC 3339 in UTC with milliseconds.
[[nodiscard]] std::string utc_time(std::chrono::system_clock::time_point time);
// A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_string(std::string_view bytes);

}  // namespace tidegate::log
