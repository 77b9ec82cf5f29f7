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

// Ends in a newline. Tells whether this host can run it ("runs here: yes" or "no: why"; JSON
// "runs_here", "refused"). Throws PluginRefused when the file is no plugin at all.
std::string describe_plugin(const std::filesystem::path& file, DescriptionFormat format);

// Throws PluginRefused when this host would refuse the file before loading it.
void check_plugin_file(const std::filesystem::path& file);

}  // namespace tidegate
