// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/variables.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace tidegate::config {
namespace {

bool is_variable_name(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

bool is_utf8(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore) ==
         nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class Replacer {
 public:
  Replacer(const Environment& environment, const Source& source, Findings& findings)
      : environment_(environment), source_(source), findings_(findings) {}

  void visit(Table& table, const std::string& path) {
    for (Entry& entry : table) visit(entry.value, join_path(path, entry.name));
  }

 private:
  void visit(Node& node, const std::string& path) {
    if (auto* const table = node.as<Table>()) {
      visit(*table, path);
    } else if (auto* const list = node.as<List>()) {
      for (Node& item : *list) visit(item, path);
    } else if (auto* const text = node.as<std::string>()) {
      replace(node, *text, path);
    }
  }

  void replace(Node& node, std::string& text, const std::string& path) {
    std::string result;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t dollar = text.find('$', at);
      result.append(text, at, dollar == std::string::npos ? dollar : dollar - at);
      if (dollar == std::string::npos) break;
      const char next = dollar + 1 < text.size() ? text[dollar + 1] : '\0';
      at = dollar + (next == '$' ? 2 : 1);
      if (next != '{') {
        result += '$';  // "$$", or a "$" that begins no variable: the end of a regex
        continue;
      }
      const std::size_t close = text.find('}', dollar);
      if (close == std::string::npos) {
        complain(node, path, text.substr(dollar),
                 "\"${\" without \"}\"; a plain \"${\" is \"$${\"");
        return;
      }
      const std::string inner = text.substr(dollar + 2, close - dollar - 2);
      const auto value = look_up(node, path, inner);
      if (!value) return;
      result += *value;
      node.from_variable = true;
      at = close + 1;
    }
    text = std::move(result);
  }

  // The value for what stands between the braces; none after a finding.
  std::optional<std::string> look_up(Node& node, const std::string& path,
                                     const std::string& inner) {
    const std::size_t colon = inner.find(':');
    const std::string name = inner.substr(0, colon);
    const std::string shown = "${" + name;
    if (!is_variable_name(name)) {
      complain(node, path, shown, "what stands in \"${}\" is no name of a variable");
      return std::nullopt;
    }
    const char form = colon != std::string::npos && colon + 1 < inner.size() ? inner[colon + 1] : 0;
    const std::string rest = form != 0 ? inner.substr(colon + 2) : std::string();
    if (colon != std::string::npos && form != '-' && form != '?') {
      complain(node, path, shown, "after the name comes \":-default\" or \":?message\"");
      return std::nullopt;
    }
    if (form == '-' && rest.find("${") != std::string::npos) {
      complain(node, path, shown, "a default cannot hold another variable");
      return std::nullopt;
    }
    std::optional<std::string> value = environment_(name);
    if (form == '-' && (!value || value->empty())) return rest;
    if (form == '?' && (!value || value->empty())) {
      complain(node, path, shown, "environment variable " + name + " is not set: " + rest);
      return std::nullopt;
    }
    if (!value) {
      complain(node, path, shown,
               "environment variable " + name + " is not set; set it, or write ${" + name +
                   ":-default}");
      return std::nullopt;
    }
    if (!is_utf8(*value)) {
      complain(node, path, shown, "environment variable " + name + " is not valid UTF-8");
      return std::nullopt;
    }
    return value;
  }

  void complain(Node& node, const std::string& path, std::string_view shown, std::string message) {
    node.invalid = true;
    findings_.error(place_of(node, shown), path, std::move(message));
  }

  // Where `shown` stands in the line that the value begins in, else where the value begins.
  Place place_of(const Node& node, std::string_view shown) const {
    Place place = node.place;
    if (place.origin != 0 || place.line == 0 || place.line > source_.lines.size()) return place;
    const std::string& line = source_.lines[place.line - 1];
    std::uint32_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if ((static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U) ++column;
      if (column >= place.column && line.compare(i, shown.size(), shown) == 0) {
        place.column = column;
        return place;
      }
    }
    return place;
  }

  const Environment& environment_;
  const Source& source_;
  Findings& findings_;
};

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    // Start-up, one thread: nothing changes the environment meanwhile.
    const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

void replace_variables(Table& table, const std::string& path, const Environment& environment,
                       const Source& source, Findings& findings) {
  Replacer(environment, source, findings).visit(table, path);
}

}  // namespace tidegate::config
