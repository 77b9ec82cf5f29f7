// SPDX-License-Identifier: Apache-2.0
//
// ${VAR}, ${VAR:-default}, ${VAR:?message} and $$ inside text values. Replaced after parsing, so a
// value can change neither structure nor type, and marked, so that no finding ever shows it.
// Thread rule: one thread, [main].
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "host/base/config/findings.hpp"
#include "host/base/config/node.hpp"

namespace tidegate::config {

// The value of an environment variable, none where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
// That of this process. Nobody may change it meanwhile (getenv).
[[nodiscard]] Environment process_environment();

// Replaces in every text of the tree. `path` is where the table stands, for findings.
void replace_variables(Table& table, const std::string& path, const Environment& environment,
                       const Source& source, Findings& findings);

}  // namespace tidegate::config
