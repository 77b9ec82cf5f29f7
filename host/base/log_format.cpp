// SPDX-License-Identifier: Apache-2.0
#include "host/base/log_format.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace tidegate::log {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"error", "warn", "info", "debug"};
constexpr std::array<std::string_view, 4> kTextNames = {"ERROR", "WARN ", "INFO ", "DEBUG"};
// ANSI: bold red, yellow, green, grey.
constexpr std::array<std::string_view, 4> kColours = {"\x1b[1;31m", "\x1b[33m", "\x1b[32m",
                                                      "\x1b[90m"};
constexpr std::string_view kPlain = "\x1b[0m";

std::size_t index(Level level) { return static_cast<std::size_t>(level); }

bool reserved(std::string_view name) {
  return name == "ts" || name == "level" || name == "event" || name == "msg";
}

// A number or a truth value; both formats write them alike. JSON has no NaN or infinity.
template <class T>
std::string plain(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else {
    return nlohmann::json(value).dump();
  }
}

std::string json_value(const Field& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) return json_string(*text);
  return std::visit([](const auto& value) { return plain(value); }, field.value);
}

bool is_plain_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isgraph(static_cast<unsigned char>(c)) != 0 && c != '"' && c != '\\';
  });
}

std::string text_value(const Field& field) {
  const auto* text = std::get_if<std::string_view>(&field.value);
  if (text != nullptr && is_plain_word(*text)) return std::string(*text);
  return json_value(field);
}

// The line's own text may quote a library's, so a control byte in it must not break the line.
std::string one_line(std::string_view text) {
  const bool clean = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
  });
  if (clean) return std::string(text);
  const std::string quoted = json_string(text);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::string_view name(Level level) { return kNames.at(index(level)); }

std::string json_string(std::string_view bytes) {
  return nlohmann::json(bytes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string utc_time(std::chrono::system_clock::time_point time) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  const std::time_t unix_seconds = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  gmtime_r(&unix_seconds, &parts);
  std::array<char, 40> buffer{};
  const std::size_t size = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string text(buffer.data(), size);
  std::snprintf(buffer.data(), buffer.size(), ".%03dZ", static_cast<int>((ms - seconds).count()));
  return text + buffer.data();
}

std::string format_json(const Line& line) {
  std::string out = "{\"ts\":\"" + utc_time(line.time) + "\",\"level\":\"";
  out.append(name(line.level)).append("\",\"event\":").append(json_string(line.event));
  out.append(",\"msg\":").append(json_string(line.text));
  for (const Field& field : line.fields) {
    const std::string key = std::string(field.name) + (reserved(field.name) ? "_" : "");
    out.append(",").append(json_string(key)).append(":").append(json_value(field));
  }
  return out + "}";
}

std::string format_text(const Line& line, Colour colour) {
  std::string out = utc_time(line.time) + " ";
  if (colour == Colour::on) out.append(kColours.at(index(line.level)));
  out.append(kTextNames.at(index(line.level)));
  if (colour == Colour::on) out.append(kPlain);
  out.append(" ").append(one_line(line.text)).append("  event=").append(line.event);
  for (const Field& field : line.fields) {
    out.append(" ").append(field.name).append("=").append(text_value(field));
  }
  return out;
}

}  // namespace tidegate::log
