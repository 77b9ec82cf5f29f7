// SPDX-License-Identifier: Apache-2.0
//
// The demo's configuration as an operator would write it; it is shown, and it is what runs.
// Thread rule: pure, [any].
#pragma once

#include <filesystem>
#include <string>

namespace tidegate::demo {

struct DemoSetup {
  std::string bootstrap_servers;  // comma-separated
  std::string topic;
  std::string group_id;
  std::filesystem::path plugin;     // absolute
  std::string plugin_config;        // lines of TOML; empty: the plugin gets none
  std::string consumer;             // lines of TOML: librdkafka properties
  std::filesystem::path state_dir;  // absolute
};

[[nodiscard]] std::string config_text(const DemoSetup& setup);
// A TOML basic string with its quotes.
[[nodiscard]] std::string toml_string(const std::string& text);

}  // namespace tidegate::demo
