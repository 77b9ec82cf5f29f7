// SPDX-License-Identifier: Apache-2.0
//
// One value against its line of the key table: type, unit, bounds, and whether this version has
// what it asks for. Thread rule: one thread, [main].
#pragma once

#include <string>

#include "host/base/config/findings.hpp"
#include "host/base/config/keys.hpp"
#include "host/base/config/node.hpp"

namespace tidegate::config {

// A value with a finding is marked invalid, so that nothing else reads it.
// Not for properties; those are check_properties' (librdkafka judges them).
void check_value(const Key& key, Entry& entry, const std::string& path, Findings& findings);

// The value for a message: as written, or a placeholder where it came from a variable.
[[nodiscard]] std::string shown(const Node& node);

// "[pipelines.<name>.retry]": a pattern for people.
[[nodiscard]] std::string shown_section(std::string_view pattern);

}  // namespace tidegate::config
