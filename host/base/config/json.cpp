// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/json.hpp"

#include <cmath>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace tidegate::config {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Node& node);

Json object(const Table& table) {
  Json result = Json::object();
  for (const Entry& entry : table) result[entry.name] = to_json(entry.value);
  return result;
}

Json to_json(const Node& node) {
  if (const auto* const table = node.as<Table>()) return object(*table);
  if (const auto* const list = node.as<List>()) {
    Json result = Json::array();
    for (const Node& item : *list) result.push_back(to_json(item));
    return result;
  }
  if (const auto* const boolean = node.as<bool>()) return *boolean;
  if (const auto* const integer = node.as<std::int64_t>()) return *integer;
  if (const auto* const number = node.as<double>()) return *number;
  if (const auto* const time = node.as<DateTime>()) return time->text;
  return std::get<std::string>(node.value);
}

}  // namespace

const Node* unsuitable_for_json(const Node& node) {
  if (const auto* const number = node.as<double>()) return std::isfinite(*number) ? nullptr : &node;
  if (const auto* const list = node.as<List>()) {
    for (const Node& item : *list) {
      if (const Node* const bad = unsuitable_for_json(item)) return bad;
    }
  }
  if (const auto* const table = node.as<Table>()) {
    for (const Entry& entry : *table) {
      if (const Node* const bad = unsuitable_for_json(entry.value)) return bad;
    }
  }
  return nullptr;
}

std::string to_json_text(const Table& table) { return object(table).dump(); }

}  // namespace tidegate::config
