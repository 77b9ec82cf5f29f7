// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/check_properties.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/config/check_value.hpp"
#include "host/base/config/suggest.hpp"

namespace tidegate::config {
namespace {

using kafka::ClientKind;
using kafka::Property;

std::string_view where_it_belongs(ClientKind kind) {
  return kind == ClientKind::producer ? "[pipelines.<name>.producer]"
                                      : "[pipelines.<name>.consumer]";
}

class Checker {
 public:
  Checker(PropertyUse use, const kafka::PropertyTable& known, Findings& findings)
      : use_(use), known_(known), findings_(findings) {}

  void check(Table& table, const std::string& path) {
    std::vector<std::pair<std::string, std::string>> seen;  // canonical name, as written
    for (Entry& entry : table) {
      if (entry.value.invalid) continue;
      const std::string entry_path = join_path(path, entry.name);
      if (entry.value.as<Table>() != nullptr) {
        check_unquoted(entry, path);
        entry.value.invalid = true;
        continue;
      }
      if (const auto problem = name_problem(entry.name)) {
        entry.value.invalid = true;
        if (known_.find(entry.name) != nullptr) findings_.error(entry.place, entry_path, *problem);
        else findings_.error_in_name(entry.place, entry_path, *problem);
        continue;
      }
      const Property& property = *known_.find(entry.name);
      const std::string& canonical = property.alias_of.empty() ? property.name : property.alias_of;
      const auto twin = std::find_if(seen.begin(), seen.end(),
                                     [&](const auto& pair) { return pair.first == canonical; });
      if (twin != seen.end()) {
        fail(entry, entry.place, entry_path,
             "is another name of \"" + twin->second + "\", which is set too; keep one of them");
        continue;
      }
      seen.emplace_back(canonical, entry.name);
      check_property_value(entry, entry_path);
    }
  }

 private:
  // What is wrong with a property of that name here, whatever its value.
  std::optional<std::string> name_problem(const std::string& name) const {
    const Property* const property = known_.find(name);
    if (property == nullptr) return "librdkafka has no such property" + suggestion(name);
    if (const std::string_view cure = kafka::host_owned(name); !cure.empty()) {
      return "belongs to the host: " + std::string(cure);
    }
    if (!property->has_text) return "can be set by code only; remove it";
    return kind_problem(property->kind);
  }

  std::string suggestion(const std::string& name) const {
    const std::vector<std::string_view> names = known_.names();
    const std::string_view near = nearest(name, names);
    if (near.empty()) return {};
    std::string result = "; did you mean \"" + std::string(near) + "\"?";
    const std::string_view cure = kafka::host_owned(near);
    if (!cure.empty()) result.append(" That one belongs to the host: ").append(cure);
    return result;
  }

  std::optional<std::string> kind_problem(ClientKind kind) const {
    if (kind == ClientKind::any) return std::nullopt;
    const bool consumer_here = use_ == PropertyUse::consumer && kind == ClientKind::consumer;
    const bool producer_here = use_ == PropertyUse::producer && kind == ClientKind::producer;
    if (consumer_here || producer_here) return std::nullopt;
    const std::string_view theirs = kind == ClientKind::producer ? "producer" : "consumer";
    std::string result = "is a property of the " + std::string(theirs) + " only; it belongs under ";
    result.append(where_it_belongs(kind));
    return result;
  }

  void check_property_value(Entry& entry, const std::string& path) {
    Node& node = entry.value;
    const auto text = property_text(node);
    if (!text) {
      std::string message = "expected a text, number or true/false, found ";
      message.append(kind_name(node));
      fail(entry, node.place, path, std::move(message));
      return;
    }
    if (text->find('\0') != std::string::npos) {
      fail(entry, node.place, path, "contains a NUL character");
      return;
    }
    const auto refused = kafka::refused_value(entry.name, *text);
    if (!refused) return;
    // librdkafka's words may repeat the value.
    const bool hidden = node.from_variable || is_secret_name(entry.name);
    fail(entry, node.place, path,
         hidden ? "librdkafka refuses the value (not shown here)"
                : "librdkafka refuses it: " + *refused);
  }

  // fetch.min.bytes = 1 without quotes is a table in a table.
  void check_unquoted(const Entry& entry, const std::string& path) {
    const std::string name = dotted_name(entry);
    std::string message = "a dot outside quotes makes a table; quote the key: \"" + name + "\"";
    if (known_.find(name) == nullptr) {
      message += suggestion(name);
    } else if (const auto problem = name_problem(name)) {
      message = "\"" + name + "\" " + *problem;
    }
    findings_.error_in_name(entry.place, path + '.' + name, std::move(message));
  }

  void fail(Entry& entry, Place place, const std::string& path, std::string message) {
    entry.value.invalid = true;
    findings_.error(place, path, std::move(message));
  }

 public:
  // A scalar as librdkafka takes it.
  static std::optional<std::string> property_text(const Node& node) {
    if (const auto* const text = node.as<std::string>()) return *text;
    if (node.as<bool>() == nullptr && node.as<std::int64_t>() == nullptr &&
        node.as<double>() == nullptr) {
      return std::nullopt;
    }
    return shown(node);
  }

 private:
  const PropertyUse use_;
  const kafka::PropertyTable& known_;
  Findings& findings_;
};

}  // namespace

void check_properties(Table& table, const std::string& path, PropertyUse use,
                      const kafka::PropertyTable& known, Findings& findings) {
  Checker(use, known, findings).check(table, path);
}

kafka::Properties read_properties(const Table& table, const kafka::PropertyTable& known) {
  kafka::Properties result;
  for (const Entry& entry : table) {
    if (entry.value.invalid) continue;
    const Property* const property = known.find(entry.name);
    auto text = Checker::property_text(entry.value);
    if (property == nullptr || !text) continue;
    result.insert_or_assign(property->alias_of.empty() ? property->name : property->alias_of,
                            std::move(*text));
  }
  return result;
}

std::string dotted_name(const Entry& entry) {
  const auto* const inner = entry.value.as<Table>();
  if (inner == nullptr || inner->empty()) return entry.name;
  return entry.name + '.' + dotted_name(inner->front());
}

}  // namespace tidegate::config
