// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/plugin_config.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "host/base/config/json.hpp"
#include "host/base/config/toml.hpp"

namespace tidegate::workbench {
namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& what) {
  throw PluginConfigError("--config" + where + ": " + what);
}

std::string from_json(const std::string& text, const std::string& where) {
  try {
    if (!nlohmann::json::parse(text).is_object()) refuse(where, "is no JSON object");
  } catch (const nlohmann::json::exception& error) {
    refuse(where, error.what());
  }
  return text;
}

std::string from_toml(const std::string& text, const std::string& where) {
  const config::Parsed parsed = config::parse_toml(text, 0);
  if (!parsed.root) {
    refuse(where + ":" + std::to_string(parsed.error.place.line) + ":" +
               std::to_string(parsed.error.place.column),
           parsed.error.what);
  }
  config::Node root;
  root.value = *parsed.root;
  if (config::unsuitable_for_json(root) != nullptr)
    refuse(where, "has a number that JSON has not (nan, inf)");
  return config::to_json_text(*parsed.root);
}

std::string from_text(const std::string& text, const std::string& where) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "{}";
  return text[begin] == '{' ? from_json(text, where) : from_toml(text, where);
}

}  // namespace

std::string plugin_config(const std::string& text) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(text, ignored)) {
    std::ifstream file(text, std::ios::binary);
    if (!file) refuse(" " + text, "cannot be read");
    return from_text({std::istreambuf_iterator<char>(file), {}}, " " + text);
  }
  const bool looks_like_text = text.empty() || text.find_first_of("={") != std::string::npos;
  if (!looks_like_text)
    refuse(" " + text, "there is no such file, and it is neither JSON nor TOML");
  return from_text(text, "");
}

}  // namespace tidegate::workbench
