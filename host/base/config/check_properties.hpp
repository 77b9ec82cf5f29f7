// SPDX-License-Identifier: Apache-2.0
//
// A table of librdkafka properties: existing, of the right client kind, the operator's to set, and
// with a value that librdkafka takes. Thread rule: one thread, [main].
#pragma once

#include <cstdint>
#include <string>

#include "host/base/config/findings.hpp"
#include "host/base/config/node.hpp"
#include "host/base/kafka/properties.hpp"

namespace tidegate::config {

// Which clients get the properties of a table.
enum class PropertyUse : std::uint8_t { every_client, consumer, producer };

// Marks what has a finding invalid.
void check_properties(Table& table, const std::string& path, PropertyUse use,
                      const kafka::PropertyTable& known, Findings& findings);

// The valid ones, as librdkafka takes them, aliases under the name of what they are an alias of.
[[nodiscard]] kafka::Properties read_properties(const Table& table,
                                                const kafka::PropertyTable& known);

// The names that the leaves of an unquoted dotted key were meant to be ("a.b.c" for a = {b = {c}}).
[[nodiscard]] std::string dotted_name(const Entry& entry);

}  // namespace tidegate::config
