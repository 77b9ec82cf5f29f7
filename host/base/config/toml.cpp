// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/toml.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <tuple>
#include <utility>

#include "host/base/config/units.hpp"

namespace tidegate::config {
namespace {

// What no configuration needs, and what follows walks trees by recursion.
constexpr int kDeepest = 64;
constexpr int kMostDots = 1000;
constexpr std::string_view kTooDeep = "tables or lists are nested too deeply";

struct TooDeep {
  Place place;
};

Place place_of(const toml::source_region& region, std::uint32_t origin) {
  return {origin, region.begin.line, region.begin.column};
}

template <class T>
DateTime written_time(const T& value) {
  std::ostringstream text;
  text << value;
  return {text.str(), std::nullopt};
}

DateTime convert(const toml::date_time& value) {
  DateTime result = written_time(value);
  if (!value.offset) return result;
  result.unix_ms =
      unix_ms({value.date.year, value.date.month, value.date.day, value.time.hour,
               value.time.minute, value.time.second,
               static_cast<int>(value.time.nanosecond / 1'000'000), value.offset->minutes});
  return result;
}

Node convert(const toml::node& node, std::uint32_t origin, int depth);

Table convert_table(const toml::table& table, std::uint32_t origin, int depth) {
  Table result;
  result.reserve(table.size());
  for (const auto& [key, value] : table) {
    result.push_back({std::string(key.str()), place_of(key.source(), origin),
                      convert(value, origin, depth + 1)});
  }
  // toml++ sorts by name; a reader's order is that of the file.
  std::stable_sort(result.begin(), result.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  return result;
}

List convert_list(const toml::array& array, std::uint32_t origin, int depth) {
  List result;
  result.reserve(array.size());
  for (const toml::node& item : array) result.push_back(convert(item, origin, depth + 1));
  return result;
}

Node convert(const toml::node& node, std::uint32_t origin, int depth) {
  Node result;
  result.place = place_of(node.source(), origin);
  if (depth > kDeepest) throw TooDeep{result.place};
  if (const auto* table = node.as_table()) result.value = convert_table(*table, origin, depth);
  else if (const auto* array = node.as_array()) result.value = convert_list(*array, origin, depth);
  else if (const auto* text = node.as_string()) result.value = text->get();
  else if (const auto* integer = node.as_integer()) result.value = integer->get();
  else if (const auto* number = node.as_floating_point()) result.value = number->get();
  else if (const auto* boolean = node.as_boolean()) result.value = boolean->get();
  else if (const auto* date = node.as_date()) result.value = written_time(date->get());
  else if (const auto* time = node.as_time()) result.value = written_time(time->get());
  else if (const auto* both = node.as_date_time()) result.value = convert(both->get());
  return result;
}

// What toml++ says, in our words, with a cure where the cause is plain. What it "saw" is left out:
// it could be the beginning of a secret.
std::string describe(std::string_view description) {
  constexpr std::string_view kPrefix = "Error while parsing ";
  if (description.substr(0, kPrefix.size()) == kPrefix) description.remove_prefix(kPrefix.size());
  std::string what(description.substr(0, description.find(", saw ")));
  if (what.find("cannot redefine existing") != std::string::npos) {
    return "written twice (" + what + "); keep one of them";
  }
  if (what.find("expected digit") != std::string::npos) {
    return "syntax error: " + what + "; a value with a unit is text and needs quotes (\"10s\")";
  }
  if (what.find("value") == 0 || what.find("boolean") == 0) {
    return "syntax error: " + what + "; text needs quotes";
  }
  return "syntax error: " + what;
}

// The first key with so many dots that toml++ would make a tree it cannot even destroy.
std::optional<Place> endless_key(std::string_view text, std::uint32_t origin) {
  Place place{origin, 1, 1};
  int dots = 0;
  for (const char c : text) {
    if (c == '\n') ++place.line;
    if (c == '.') ++dots;
    if (std::string_view("=,[]{}\n").find(c) != std::string_view::npos) dots = 0;
    if (dots > kMostDots) return place;
  }
  return std::nullopt;
}

}  // namespace

Parsed parse_toml(std::string_view text, std::uint32_t origin) {
  Parsed result;
  if (const auto place = endless_key(text, origin)) {
    result.error = {*place, std::string(kTooDeep)};
    return result;
  }
  try {
    const toml::table table = toml::parse(text);
    result.root = convert_table(table, origin, 0);
  } catch (const TooDeep& deep) {
    result.error = {deep.place, std::string(kTooDeep)};
  } catch (const toml::parse_error& error) {
    result.error = {place_of(error.source(), origin), describe(error.description())};
  }
  return result;
}

}  // namespace tidegate::config
