// SPDX-License-Identifier: Apache-2.0
//
// What the verbs of `tidegate plugin` that run one read: its messages and its configuration; and
// how they log meanwhile. Thread rule: [main].
#pragma once

#include <string>
#include <vector>

#include "host/app/cli/plugin_options.hpp"
#include "host/app/workbench/sample.hpp"

namespace tidegate::cli {

// The text of --messages; empty: there is none. Throws workbench::SampleError.
[[nodiscard]] std::string read_messages(const std::string& name);
// Its messages; where none was named, one small message. Throws as above.
[[nodiscard]] std::vector<workbench::Sample> samples_of(const std::string& text,
                                                        const std::string& name);
// The plugin's own lines go to stderr; ours about loading it are left out.
void log_for_tools();

}  // namespace tidegate::cli
