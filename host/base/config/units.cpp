// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/units.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace tidegate::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> kDurations = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 11> kSizes = {{{"TiB", 1ULL << 40U},
                                          {"GiB", 1ULL << 30U},
                                          {"MiB", 1ULL << 20U},
                                          {"KiB", 1ULL << 10U},
                                          {"TB", 1'000'000'000'000},
                                          {"GB", 1'000'000'000},
                                          {"MB", 1'000'000},
                                          {"kB", 1000},
                                          {"KB", 1000},
                                          {"B", 1},
                                          {"", 1}}};
// Far beyond any sensible time, and sums of it cannot overflow.
constexpr std::uint64_t kLongestMs = 1000ULL * 86'400'000 * 366;

// Takes a number without sign off the front.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string_view take_letters(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && (text[size] < '0' || text[size] > '9')) ++size;
  const std::string_view letters = text.substr(0, size);
  text.remove_prefix(size);
  return letters;
}

// Takes exactly `digits` digits, then `after` (unless it is 0).
bool take_field(std::string_view& text, std::size_t digits, char after, int& field) {
  if (text.size() < digits + (after != 0 ? 1U : 0U)) return false;
  field = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    field = field * 10 + (text[i] - '0');
  }
  if (after != 0 && text[digits] != after) return false;
  text.remove_prefix(digits + (after != 0 ? 1U : 0U));
  return true;
}

void take_fraction(std::string_view& text, int& millisecond) {
  if (text.empty() || text.front() != '.') return;
  text.remove_prefix(1);
  int scale = 100;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    millisecond += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
  }
}

bool take_offset(std::string_view& text, int& minutes) {
  if (text == "Z" || text == "z") return true;
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  int hour = 0;
  int minute = 0;
  if (!take_field(text, 2, ':', hour) || !take_field(text, 2, 0, minute)) return false;
  minutes = sign * (hour * 60 + minute);
  return text.empty() && hour < 24 && minute < 60;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  std::size_t next_unit = 0;  // each unit once, largest first
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const std::string_view name = take_letters(text);
    while (next_unit < kDurations.size() && kDurations[next_unit].name != name) ++next_unit;
    if (next_unit == kDurations.size()) return std::nullopt;
    const std::uint64_t factor = kDurations[next_unit].factor;
    if (*number > kLongestMs / factor) return std::nullopt;
    total += *number * factor;
    if (total > kLongestMs) return std::nullopt;
    ++next_unit;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

std::string format_duration(std::chrono::milliseconds duration) {
  const auto ms = static_cast<std::uint64_t>(duration.count());
  if (ms == 0) return "0s";
  for (const Unit& unit : kDurations) {
    if (ms % unit.factor == 0) return std::to_string(ms / unit.factor).append(unit.name);
  }
  return {};  // not reached: everything divides by 1
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  for (const Unit& unit : kSizes) {
    if (unit.name != text || (text.empty() && *number != 0)) continue;
    if (*number > std::numeric_limits<std::uint64_t>::max() / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

std::string format_size(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  for (const Unit& unit : kSizes) {
    if (bytes % unit.factor == 0) return std::to_string(bytes / unit.factor).append(unit.name);
  }
  return {};  // not reached: everything divides by 1
}

std::optional<std::int64_t> unix_ms(const DateAndTime& when) {
  const std::chrono::year_month_day date(
      std::chrono::year(when.year), std::chrono::month(when.month), std::chrono::day(when.day));
  if (!date.ok() || when.hour > 23 || when.minute > 59 || when.second > 60) return std::nullopt;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(when.hour) +
                    std::chrono::minutes(when.minute - when.offset_minutes) +
                    std::chrono::seconds(when.second) + std::chrono::milliseconds(when.millisecond);
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  DateAndTime when;
  int month = 0;
  int day = 0;
  if (!take_field(text, 4, '-', when.year) || !take_field(text, 2, '-', month) ||
      !take_field(text, 2, 0, day)) {
    return std::nullopt;
  }
  if (text.empty() || (text.front() != 'T' && text.front() != 't' && text.front() != ' ')) {
    return std::nullopt;
  }
  text.remove_prefix(1);
  if (!take_field(text, 2, ':', when.hour) || !take_field(text, 2, ':', when.minute) ||
      !take_field(text, 2, 0, when.second)) {
    return std::nullopt;
  }
  take_fraction(text, when.millisecond);
  if (!take_offset(text, when.offset_minutes)) return std::nullopt;
  when.month = static_cast<unsigned>(month);
  when.day = static_cast<unsigned>(day);
  return unix_ms(when);
}

}  // namespace tidegate::config
