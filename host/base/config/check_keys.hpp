// SPDX-License-Identifier: Apache-2.0
//
// A configuration against the key table: unknown and misplaced keys, and each value that stands at
// its place. Thread rule: one thread, [main].
#pragma once

#include "host/base/config/findings.hpp"
#include "host/base/config/node.hpp"
#include "host/base/kafka/properties.hpp"

namespace tidegate::config {

// Checks everything that is written, and marks what has a finding invalid. What is missing is not
// looked for here.
void check_keys(Table& root, const kafka::PropertyTable& known, Findings& findings);

// Adds a finding for every required key below `pattern` that `table` does not have.
void check_required(const Table& table, std::string_view pattern, const std::string& path,
                    Place place, Findings& findings);

}  // namespace tidegate::config
