// SPDX-License-Identifier: Apache-2.0
//
// A configuration as a tree that remembers where everything was written. Ours and not toml++'s,
// whose nodes forget their place when copied, and merging copies. Thread rule: values, [any].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "host/base/config/findings.hpp"

namespace tidegate::config {

struct Entry;
struct Node;

using List = std::vector<Node>;
using Table = std::vector<Entry>;  // in the order of the file; names are unique

// A date or time of TOML. Only one with date, time and offset is a point in time.
struct DateTime {
  std::string text;
  std::optional<std::int64_t> unix_ms;
};

struct Node {
  std::variant<bool, std::int64_t, double, std::string, DateTime, List, Table> value;
  Place place;
  bool from_variable = false;  // text with a ${VAR} in it: never to be shown
  bool invalid = false;        // has a finding already; counts as written, but is not read

  // Null where it is something else.
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&value);
  }
  template <class T>
  [[nodiscard]] T* as() {
    return std::get_if<T>(&value);
  }
};

struct Entry {
  std::string name;
  Place place;
  Node value;
};

// Null where the table has none of that name.
[[nodiscard]] const Entry* find(const Table& table, std::string_view name);
[[nodiscard]] Entry* find(Table& table, std::string_view name);
// Follows "retry.mode" through tables; null where any step is missing or no table.
[[nodiscard]] const Entry* find_path(const Table& table, std::string_view dotted);

// Puts `over` on top of `base`: tables are merged, anything else is replaced.
void merge(Table& base, const Table& over);

// "a text", "a whole number", …: for messages.
[[nodiscard]] std::string_view kind_name(const Node& node);

// In double quotes, control characters replaced, what is long cut short: for messages.
[[nodiscard]] std::string quoted(std::string_view text);
// One step of a path as TOML writes it: bare where possible, else quoted.
[[nodiscard]] std::string path_step(std::string_view name);
[[nodiscard]] std::string join_path(std::string_view path, std::string_view name);

}  // namespace tidegate::config
