// SPDX-License-Identifier: Apache-2.0
//
// Log lines of constant text with facts as fields, as JSON or as text, on stderr.
// ERROR: data at risk or an operator needed. WARN: recovered. INFO: life cycle. DEBUG: per message.
// Never keys, payloads or secrets. Thread rule: [any]; no lock of ours may be held by the caller.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace tidegate::log {

enum class Level : std::uint8_t { error, warn, info, debug };
enum class Format : std::uint8_t { text, json };

template <class T>
concept WholeNumber = std::is_integral_v<T> && !std::is_same_v<T, bool>;

// One fact of a line. The views must live until the call returns.
struct Field {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool> value;

  Field(std::string_view n, std::string_view v) : name(n), value(v) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  template <WholeNumber T>
  Field(std::string_view n, T v) : name(n) {
    if constexpr (std::is_signed_v<T>) value = static_cast<std::int64_t>(v);
    else value = static_cast<std::uint64_t>(v);
  }
};
using Fields = std::initializer_list<Field>;

// Sets level and format; until then INFO as text. Call before threads start. [main]
void configure(Level level, Format format);
[[nodiscard]] bool enabled(Level level);
// event: a stable id ("partitions_revoked"); text: constant, for people.
void write(Level level, std::string_view event, std::string_view text, Fields fields = {});
// Lines written so far at a level (metric tidegate_log_messages_total).
[[nodiscard]] std::uint64_t lines_written(Level level);
// Keeps one line of progress below the log lines of a terminal, rewritten in place; empty removes
// it. REQUIRES: stderr is a terminal; no newline in it.
void set_status(std::string_view status);

inline void error(std::string_view event, std::string_view text, Fields fields = {}) {
  write(Level::error, event, text, fields);
}
inline void warn(std::string_view event, std::string_view text, Fields fields = {}) {
  write(Level::warn, event, text, fields);
}
inline void info(std::string_view event, std::string_view text, Fields fields = {}) {
  write(Level::info, event, text, fields);
}
inline void debug(std::string_view event, std::string_view text, Fields fields = {}) {
  if (enabled(Level::debug)) write(Level::debug, event, text, fields);
}

}  // namespace tidegate::log
