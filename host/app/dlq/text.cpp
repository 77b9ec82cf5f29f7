// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/text.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "host/base/log_format.hpp"
#include "host/route/copy_headers.hpp"

namespace tidegate::dlq {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

void append_hex(std::string& text, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  text += kDigits[value >> 4U];
  text += kDigits[value & 0xFU];
}

// The C0 and C1 controls and DEL: a terminal would obey some of them.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return character.size() == 2 && first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

}  // namespace

std::string printable(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t size = std::max<std::size_t>(character_at(bytes), 1);
    const std::string_view character = bytes.substr(0, size);
    if (character_at(bytes) == 0 || is_control(character)) {
      for (const char byte : character) append_hex(text += "\\x", byte);
    } else {
      text += character;
    }
    bytes.remove_prefix(size);
  }
  return text;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = character_at(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

std::string hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) append_hex(text, byte);
  return text;
}

std::string time_text(std::int64_t unix_ms) {
  if (unix_ms < 0) return "-";
  return log::utc_time(std::chrono::system_clock::time_point(std::chrono::milliseconds(unix_ms)));
}

void put_bytes(nlohmann::ordered_json& object, const std::string& name, kafka::Bytes bytes) {
  if (bytes.data() == nullptr) object[name] = nullptr;
  else if (is_utf8(bytes)) object[name] = std::string(bytes);
  else object[name + "_hex"] = hex(bytes);
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      text += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    text += row.back() + "\n";
  }
  return text;
}

}  // namespace tidegate::dlq
