// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/example.hpp"

#include <algorithm>
#include <vector>

#include "host/base/config/keys.hpp"

namespace tidegate::config {
namespace {

constexpr std::size_t kCommentColumn = 40;

constexpr std::string_view kExampleHead =
    "# SPDX-License-Identifier: Apache-2.0\n"
    "# Every key of Tidegate with its default, or an example where it has none. Written from the\n"
    "# table of keys in host/base/config; a line commented out is another choice.\n"
    "# Durations and sizes are text with a unit. In text, ${VAR}, ${VAR:-default} and\n"
    "# ${VAR:?message} stand for environment variables, $$ for a dollar sign.\n"
    "# Check a file with: tidegate validate -c FILE\n";

// Names of the operator's in the example.
std::string concrete(std::string_view pattern) {
  std::string result(pattern);
  const std::size_t star = result.find('*');
  if (star != std::string::npos) {
    result.replace(star, 1, result.substr(0, 8) == "clusters" ? "main" : "orders");
  }
  return result;
}

std::vector<const Key*> keys_directly_in(std::string_view section) {
  std::vector<const Key*> result;
  for (const Key& key : all_keys()) {
    const bool own_table = key.type == Type::properties || key.type == Type::free_table;
    if (own_table ? key.path == section : parent_of(key.path) == section) result.push_back(&key);
  }
  return result;
}

std::string padded(std::string text) {
  text.resize(std::max(text.size() + 2, kCommentColumn), ' ');
  return text;
}

std::string comment_of(const Key& key) {
  std::string result(key.help);
  if (key.type == Type::choice) {
    std::string others;
    for (const std::string_view choice : split_choices(key.choices)) {
      others.append(others.empty() ? "" : " | ").append(choice);
    }
    result = others + ": " + result;
  }
  return result;
}

// One line of a scalar key: value, then help where it fits the eye.
std::string key_line(const Key& key) {
  std::string_view value = key.example.empty() ? key.fallback : key.example;
  bool off = false;
  if (value.substr(0, 2) == "# ") {  // an example that cannot stand beside its neighbour
    value.remove_prefix(2);
    off = true;
  }
  std::string line = off ? "# " : "";
  line += std::string(last_step(key.path)) + " = " + std::string(value);
  return padded(std::move(line)) + "# " + comment_of(key) + '\n';
}

// The lines of a table of properties or of the plugin's own.
std::string table_lines(const Key& key) {
  std::string result;
  std::string_view rest = key.example;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    result.append(line) += '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return result;
}

std::string section_text(const Section& section) {
  const std::vector<const Key*> keys = keys_directly_in(section.path);
  std::string result = "\n";
  if (!section.path.empty()) {
    std::string help(section.help);
    const bool own_table = keys.size() == 1 && keys.front()->path == section.path;
    if (own_table) help = keys.front()->help;
    std::string header = "[" + concrete(section.path) + ']';
    result += help.empty() ? header + '\n' : padded(std::move(header)) + "# " + help + '\n';
    if (own_table) return result + table_lines(*keys.front());
  }
  for (const Key* const key : keys) result += key_line(*key);
  return result;
}

}  // namespace

std::string example_toml() {
  std::string result(kExampleHead);
  for (const Section& section : all_sections()) result += section_text(section);
  return result;
}

}  // namespace tidegate::config
