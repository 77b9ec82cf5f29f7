// SPDX-License-Identifier: Apache-2.0
//
// A table of the configuration as JSON, for plugins. Thread rule: pure functions, [any].
#pragma once

#include <string>

#include "host/base/config/node.hpp"

namespace tidegate::config {

// The first value that JSON cannot express (nan, inf); null where there is none.
[[nodiscard]] const Node* unsuitable_for_json(const Node& node);
// An object. Dates and times become text. REQUIRES: nothing in it is unsuitable.
[[nodiscard]] std::string to_json_text(const Table& table);

}  // namespace tidegate::config
