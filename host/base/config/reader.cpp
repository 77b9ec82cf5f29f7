// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/reader.hpp"

#include "host/base/check.hpp"
#include "host/base/config/keys.hpp"
#include "host/base/config/toml.hpp"
#include "host/base/config/units.hpp"

namespace tidegate::config {

const Node* Reader::written(std::string_view name) const {
  const Entry* const entry = find_path(table_, name);
  return entry == nullptr || entry->value.invalid ? nullptr : &entry->value;
}

Place Reader::place(std::string_view name, Place otherwise) const {
  const Entry* const entry = find_path(table_, name);
  return entry == nullptr ? otherwise : entry->value.place;
}

Node Reader::value(std::string_view name) const {
  if (const Node* const node = written(name)) return *node;
  const std::string path =
      (pattern_.empty() ? "" : std::string(pattern_) + '.') + std::string(name);
  const Key* const key = find_key(path);
  TIDEGATE_CHECK(key != nullptr, "only keys of the key table are read");
  if (key->fallback.empty()) return {};
  const Parsed parsed = parse_toml("v = " + std::string(key->fallback), 0);
  TIDEGATE_CHECK(parsed.root.has_value(), "defaults of the key table are TOML");
  return parsed.root->front().value;
}

std::string Reader::text(std::string_view name) const {
  const Node node = value(name);
  const auto* const text = node.as<std::string>();
  return text == nullptr ? std::string() : *text;
}

bool Reader::boolean(std::string_view name) const {
  const Node node = value(name);
  const auto* const boolean = node.as<bool>();
  return boolean != nullptr && *boolean;
}

std::uint32_t Reader::count(std::string_view name) const {
  // The bounds of every count in the key table fit.
  return static_cast<std::uint32_t>(integer(name));
}

std::int64_t Reader::integer(std::string_view name) const {
  const Node node = value(name);
  const auto* const integer = node.as<std::int64_t>();
  return integer == nullptr ? 0 : *integer;
}

double Reader::number(std::string_view name) const {
  const Node node = value(name);
  // "max_ratio = 1" is a whole number to TOML.
  if (const auto* const integer = node.as<std::int64_t>()) return static_cast<double>(*integer);
  const auto* const number = node.as<double>();
  return number == nullptr ? 0 : *number;
}

Milliseconds Reader::duration(std::string_view name) const {
  return parse_duration(text(name)).value_or(Milliseconds(0));
}

std::uint64_t Reader::size(std::string_view name) const {
  return parse_size(text(name)).value_or(0);
}

std::vector<std::string> Reader::text_list(std::string_view name) const {
  std::vector<std::string> result;
  const Node node = value(name);
  if (const auto* const list = node.as<List>()) {
    for (const Node& item : *list) {
      if (const auto* const text = item.as<std::string>()) result.push_back(*text);
    }
  }
  return result;
}

std::vector<Milliseconds> Reader::duration_list(std::string_view name) const {
  std::vector<Milliseconds> result;
  for (const std::string& text : text_list(name)) {
    result.push_back(parse_duration(text).value_or(Milliseconds(0)));
  }
  return result;
}

StartOffset Reader::start_offset(std::string_view name) const {
  const Node node = value(name);
  if (const auto* const time = node.as<DateTime>()) {
    return {StartOffset::Kind::time, time->unix_ms.value_or(0)};
  }
  const std::string word = text(name);
  if (word == "earliest") return {StartOffset::Kind::earliest, 0};
  if (word == "error") return {StartOffset::Kind::error, 0};
  if (const auto ms = parse_time(word)) return {StartOffset::Kind::time, *ms};
  return {StartOffset::Kind::latest, 0};
}

}  // namespace tidegate::config
