// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/check_value.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/config/json.hpp"
#include "host/base/config/suggest.hpp"
#include "host/base/config/toml.hpp"
#include "host/base/config/units.hpp"

namespace tidegate::config {
namespace {

using Problem = std::optional<std::string>;

std::string bound_text(Type type, std::int64_t bound) {
  if (type == Type::duration) return format_duration(std::chrono::milliseconds(bound));
  if (type == Type::size) return format_size(static_cast<std::uint64_t>(bound));
  return std::to_string(bound);
}

Problem outside(const Key& key, long double value, const std::string& text) {
  const auto low = static_cast<long double>(key.low);
  const auto high = static_cast<long double>(key.high);
  if (value >= low && value <= high) return std::nullopt;
  if (key.low == key.high) return "must be " + bound_text(key.type, key.low) + ", not " + text;
  return "must be between " + bound_text(key.type, key.low) + " and " +
         bound_text(key.type, key.high) + ", not " + text;
}

std::string expected(std::string_view what, const Node& node, std::string_view cure) {
  std::string result = "expected ";
  result.append(what).append(", found ").append(kind_name(node));
  if (!cure.empty()) result.append("; ").append(cure);
  return result;
}

Problem text_problem(const Node& node) {
  const auto* const text = node.as<std::string>();
  if (text == nullptr) {
    const bool scalar = node.as<List>() == nullptr && node.as<Table>() == nullptr;
    return expected("a text", node, scalar ? "put it in quotes" : "");
  }
  if (text->find('\0') != std::string::npos) return "contains a NUL character";
  return std::nullopt;
}

Problem boolean_problem(const Node& node) {
  if (node.as<bool>() != nullptr) return std::nullopt;
  return expected("true or false", node,
                  node.as<std::string>() != nullptr ? "write it without quotes" : "");
}

Problem integer_problem(const Key& key, const Node& node) {
  const auto* const integer = node.as<std::int64_t>();
  if (integer == nullptr) {
    return expected("a whole number", node,
                    node.as<std::string>() != nullptr ? "write it without quotes" : "");
  }
  return outside(key, static_cast<long double>(*integer), std::to_string(*integer));
}

Problem number_problem(const Key& key, const Node& node) {
  if (const auto* const integer = node.as<std::int64_t>()) {
    return outside(key, static_cast<long double>(*integer), std::to_string(*integer));
  }
  const auto* const number = node.as<double>();
  if (number == nullptr) return expected("a number", node, "");
  if (std::isnan(*number)) return "must be a number, not nan";
  return outside(key, *number, shown(node));
}

Problem unit_problem(const Key& key, const Node& node) {
  const bool duration = key.type == Type::duration;
  const std::string_view what = duration ? "a duration" : "a size";
  const std::string_view unit = duration ? "s" : "MiB";
  const std::string_view units = duration ? "ms, s, m, h, d" : "B, kB, MB, GB, KiB, MiB, GiB";
  const auto* const text = node.as<std::string>();
  if (text == nullptr) {
    std::string cure = "write it as text with a unit";
    if (const auto* const integer = node.as<std::int64_t>()) {
      cure += ", as in \"" + std::to_string(*integer) + std::string(unit) + '"';
    }
    return expected(what, node, cure);
  }
  std::optional<std::int64_t> value;
  if (duration) {
    if (const auto ms = parse_duration(*text)) value = ms->count();
  } else if (const auto bytes = parse_size(*text)) {
    value = static_cast<std::int64_t>(
        std::min<std::uint64_t>(*bytes, static_cast<std::uint64_t>(kUnbounded)));
  }
  if (!value) {
    return shown(node) + " is no " + std::string(what.substr(2)) +
           "; write a whole number with a unit (" + std::string(units) + ")";
  }
  return outside(key, static_cast<long double>(*value), shown(node));
}

Problem choice_problem(const Key& key, const Node& node) {
  if (Problem problem = text_problem(node)) return problem;
  const std::string& text = *node.as<std::string>();
  const std::vector<std::string_view> choices = split_choices(key.choices);
  if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
    const std::string_view near = node.from_variable ? "" : nearest(text, choices);
    std::string result = shown(node) + " is none of ";
    for (const std::string_view choice : choices) {
      result.append(choice == choices.front() ? "" : ", ").append(choice);
    }
    if (!near.empty()) result.append("; did you mean \"").append(near).append("\"?");
    return result;
  }
  return std::nullopt;
}

Problem start_offset_problem(const Node& node) {
  if (const auto* const time = node.as<DateTime>()) {
    if (time->unix_ms) return std::nullopt;
    return "a time needs a date and an offset, as in 2024-05-01T00:00:00Z";
  }
  if (Problem problem = text_problem(node)) return problem;
  const std::string& text = *node.as<std::string>();
  const std::vector<std::string_view> words = {"earliest", "latest", "error"};
  if (std::find(words.begin(), words.end(), text) != words.end()) return std::nullopt;
  if (parse_time(text)) return std::nullopt;
  std::string result = shown(node) +
                       " is none of earliest, latest, error, nor an RFC 3339 time with an offset "
                       "(2024-05-01T00:00:00Z)";
  const std::string_view near = node.from_variable ? "" : nearest(text, words);
  if (!near.empty()) result.append("; did you mean \"").append(near).append("\"?");
  return result;
}

Problem list_problem(Node& node, Place& place, const Key& item_key,
                     Problem (*item_problem)(const Key&, const Node&)) {
  List* const list = node.as<List>();
  if (list == nullptr) {
    return expected("a list", node, node.as<std::string>() != nullptr ? "put it in [ ]" : "");
  }
  for (Node& item : *list) {
    node.invalid = node.invalid || item.invalid;
    if (item.invalid) continue;
    if (Problem problem = item_problem(item_key, item)) {
      place = item.place;
      return problem;
    }
  }
  return std::nullopt;
}

Problem type_problem(const Key& key, Node& node, Place& place) {
  switch (key.type) {
    case Type::text: return text_problem(node);
    case Type::boolean: return boolean_problem(node);
    case Type::integer: return integer_problem(key, node);
    case Type::number: return number_problem(key, node);
    case Type::duration:
    case Type::size: return unit_problem(key, node);
    case Type::choice: return choice_problem(key, node);
    case Type::start_offset: return start_offset_problem(node);
    case Type::text_list:
      return list_problem(node, place, key,
                          [](const Key&, const Node& item) { return text_problem(item); });
    case Type::duration_list:
      return list_problem(
          node, place,
          Key{.path = key.path, .type = Type::duration, .low = key.low, .high = key.high},
          unit_problem);
    case Type::properties:
    case Type::free_table:
      if (node.as<Table>() == nullptr) return expected("a table", node, "");
      if (const Node* const bad = unsuitable_for_json(node)) {
        place = bad->place;
        return "JSON has no nan and no inf";
      }
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string shown(const Node& node) {
  if (node.from_variable) return "(the value of a variable)";
  if (const auto* const text = node.as<std::string>()) return config::quoted(*text);
  if (const auto* const boolean = node.as<bool>()) return *boolean ? "true" : "false";
  if (const auto* const integer = node.as<std::int64_t>()) return std::to_string(*integer);
  if (const auto* const number = node.as<double>()) {
    std::ostringstream text;
    text << *number;
    return text.str();
  }
  return std::string(kind_name(node));
}

std::string shown_section(std::string_view pattern) {
  std::string result = "[";
  for (const char c : pattern) {
    if (c == '*') result += "<name>";
    else result += c;
  }
  return result + ']';
}

void check_value(const Key& key, Entry& entry, const std::string& path, Findings& findings) {
  Node& node = entry.value;
  if (node.invalid) return;
  Place place = node.place;
  Problem problem = type_problem(key, node, place);
  if (!problem) return;
  node.invalid = true;
  findings.error(place, path, std::move(*problem));
}

}  // namespace tidegate::config
