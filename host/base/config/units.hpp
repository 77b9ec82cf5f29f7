// SPDX-License-Identifier: Apache-2.0
//
// Text with a unit: durations ("1m30s"), sizes ("64MiB") and points in time (RFC 3339).
// Thread rule: pure functions, [any].
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::config {

// Whole numbers with ms, s, m, h or d, largest first, each at most once; "0" needs no unit.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// The shortest canonical form: 60s is "1m", 90s is "90s".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

// A whole number with B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB; "0" needs none.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
[[nodiscard]] std::string format_size(std::uint64_t bytes);

// RFC 3339 with an offset ("2024-05-01T00:00:00Z") as Unix milliseconds.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text);

// Unix milliseconds of a date and time of day at an offset from UTC; none where the date is no
// date.
struct DateAndTime {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  int offset_minutes = 0;
};
[[nodiscard]] std::optional<std::int64_t> unix_ms(const DateAndTime& when);

}  // namespace tidegate::config
