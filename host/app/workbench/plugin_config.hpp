// SPDX-License-Identifier: Apache-2.0
//
// A plugin's configuration from a command line: a file, or the text itself; TOML or JSON. Thread
// rule: [main].
#pragma once

#include <stdexcept>
#include <string>

namespace tidegate::workbench {

struct PluginConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The JSON that create gets. text: the name of a file, or what a file would hold; what begins with
// "{" is JSON, anything else TOML, as under [pipelines.X.plugin.config]. Empty: {}. Throws
// PluginConfigError with place and reason.
[[nodiscard]] std::string plugin_config(const std::string& text);

}  // namespace tidegate::workbench
