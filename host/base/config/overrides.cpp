// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/overrides.hpp"

#include <string_view>
#include <utility>

#include "host/base/config/toml.hpp"

namespace tidegate::config {
namespace {

// The "=" between key and value: the first one outside quotes.
std::size_t find_equals(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == '"' && c == '\\') ++i;
    else if (quote != 0) quote = c == quote ? '\0' : quote;
    else if (c == '"' || c == '\'') quote = c;
    else if (c == '=') return i;
  }
  return std::string_view::npos;
}

Node read_value(const std::string& written, std::uint32_t origin) {
  const Parsed parsed = parse_toml("v = " + written, origin);
  if (parsed.root && parsed.root->size() == 1 && parsed.root->front().name == "v") {
    return parsed.root->front().value;
  }
  Node text;
  text.value = written;
  text.place = {origin, 1, 1};
  return text;
}

// The only path there is in what "a.b.c = 0" parses to.
void set_leaf(Table& table, Node value) {
  Node& node = table.front().value;
  if (Table* const inner = node.as<Table>()) {
    set_leaf(*inner, std::move(value));
  } else {
    node = std::move(value);
  }
}

}  // namespace

void apply_override(Table& root, const std::string& text, std::uint32_t origin,
                    Findings& findings) {
  const Place place{origin, 1, 1};
  const std::size_t equals = find_equals(text);
  if (equals == std::string::npos) {
    findings.error(place, "",
                   "an override is written key=value, as in pipelines.orders.consumers=2");
    return;
  }
  const std::string key = text.substr(0, equals);
  Parsed parsed = parse_toml(key + " = 0", origin);
  // A line break or a bracket in the key would make more of it than one key.
  if (!parsed.root || parsed.root->size() != 1 ||
      key.find_first_of("\n\r[#") != std::string::npos) {
    findings.error(place, "",
                   "\"" + key +
                       "\" is no key; names with other characters than letters, "
                       "digits, \"_\" and \"-\" need quotes");
    return;
  }
  set_leaf(*parsed.root, read_value(text.substr(equals + 1), origin));
  merge(root, *parsed.root);
}

}  // namespace tidegate::config
