// SPDX-License-Identifier: Apache-2.0
//
// `tidegate plugin inspect`: everything a plugin's file says about itself. The file is read, never
// loaded: no code of it runs. Thread rule: [any].
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace tidegate {

enum class DescriptionFormat : std::uint8_t { text, json };

struct PluginDescription {
  std::string text;  // ends in a newline
  // What the text says under "runs here" (JSON "runs_here", "refused"): whether a host that this
  // user starts would get as far as the probe.
  bool runs_here = false;
};

// Throws PluginRefused when the file is no plugin at all.
[[nodiscard]] PluginDescription describe_plugin(const std::filesystem::path& file,
                                                DescriptionFormat format);

}  // namespace tidegate
