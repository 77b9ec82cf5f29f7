// SPDX-License-Identifier: Apache-2.0
//
// The demo's configuration as an operator would write it; it is shown, and it is what runs.
// Thread rule: pure, [any].
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

namespace tidegate::demo {

// Short ones: nobody wants to wait for a demo.
inline constexpr std::array<std::string_view, 2> kRetryDelays = {"200ms", "500ms"};

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
