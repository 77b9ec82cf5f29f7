// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/node.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace tidegate::config {
namespace {

bool is_bare(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  });
}

void merge_entry(Entry& base, const Entry& over) {
  Table* const below = base.value.as<Table>();
  const Table* const above = over.value.as<Table>();
  if (below == nullptr || above == nullptr) {
    base = over;
    return;
  }
  // A table stays where the file has it, also when an override adds to it.
  if (over.place.origin == 0) {
    base.place = over.place;
    base.value.place = over.value.place;
  }
  base.value.invalid = base.value.invalid || over.value.invalid;
  merge(*below, *above);
}

}  // namespace

Entry* find(Table& table, std::string_view name) {
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const Entry& entry) { return entry.name == name; });
  return at == table.end() ? nullptr : &*at;
}

const Entry* find(const Table& table, std::string_view name) {
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const Entry& entry) { return entry.name == name; });
  return at == table.end() ? nullptr : &*at;
}

const Entry* find_path(const Table& table, std::string_view dotted) {
  const std::size_t dot = dotted.find('.');
  const Entry* const entry = find(table, dotted.substr(0, dot));
  if (entry == nullptr || dot == std::string_view::npos) return entry;
  const Table* const inner = entry->value.as<Table>();
  return inner == nullptr ? nullptr : find_path(*inner, dotted.substr(dot + 1));
}

void merge(Table& base, const Table& over) {
  for (const Entry& entry : over) {
    Entry* const existing = find(base, entry.name);
    if (existing == nullptr) base.push_back(entry);
    else merge_entry(*existing, entry);
  }
}

std::string_view kind_name(const Node& node) {
  constexpr std::array<std::string_view, 7> kNames = {
      "true or false",  "a whole number", "a decimal number", "a text",
      "a date or time", "a list",         "a table"};
  return kNames[node.value.index()];
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 100;
  std::string result = "\"";
  for (const char c : text.substr(0, kLongest)) {
    const bool control = static_cast<unsigned char>(c) < 0x20U || c == 0x7F;
    if (c == '"' || c == '\\') result += '\\';
    result += control ? '?' : c;
  }
  return result + (text.size() > kLongest ? "…\"" : "\"");
}

std::string path_step(std::string_view name) {
  return is_bare(name) ? std::string(name) : quoted(name);
}

std::string join_path(std::string_view path, std::string_view name) {
  std::string result(path);
  if (!result.empty()) result += '.';
  return result + path_step(name);
}

}  // namespace tidegate::config
