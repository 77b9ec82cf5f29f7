// SPDX-License-Identifier: Apache-2.0
//
// What the librdkafka that is linked knows of its own properties: names, client kinds, aliases, and
// its judgement of values. Asked at run time, so that it is never out of step with the library.
// No client is made and nothing is sent, but for refused_together. Thread rule: [any].
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::kafka {

// Verbatim librdkafka properties, name to value.
using Properties = std::map<std::string, std::string, std::less<>>;

enum class ClientKind : std::uint8_t { any, consumer, producer };

struct Property {
  std::string name;
  ClientKind kind = ClientKind::any;
  std::string alias_of;   // the property this is another name of, or empty
  std::string fallback;   // librdkafka's own default, as it prints it
  bool has_text = false;  // false: a callback or object that only code can set
};

class PropertyTable {
 public:
  // Reads rd_kafka_conf_properties_show(). Throws std::runtime_error where that has changed its
  // form.
  PropertyTable();

  // Null where librdkafka has none of that name.
  [[nodiscard]] const Property* find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> names() const;

 private:
  std::map<std::string, Property, std::less<>> properties_;
};

// Why a property belongs to the host and what to use instead; empty where an operator may set it.
[[nodiscard]] std::string_view host_owned(std::string_view name);

// What librdkafka has against one value, in its own words; none where it takes it.
// Its words may repeat the value.
[[nodiscard]] std::optional<std::string> refused_value(const std::string& name,
                                                       const std::string& value);

// What librdkafka has against the properties of a client taken together. Makes a client for a
// moment, without brokers: nothing is sent, but files (certificates) are read.
// REQUIRES: kind is consumer or producer.
[[nodiscard]] std::optional<std::string> refused_together(ClientKind kind,
                                                          const Properties& properties);

}  // namespace tidegate::kafka
