// SPDX-License-Identifier: Apache-2.0
//
// Whether the dynamic linker of this machine could load a plugin, and whether it should: told from
// the file, before any code of it runs. Thread rule: [any].
#pragma once

#include <filesystem>
#include <string>

#include "host/handle/plugin/identity.hpp"

namespace tidegate {

// Throws PluginRefused (unsafe, needs_library, needs_newer). file: for messages.
void check_links_here(const std::filesystem::path& file, const PluginIdentity& identity);

// The highest version of glibc that the plugin needs and that of this machine: "2.34", "2.36".
struct GlibcVersions {
  std::string needed;  // empty: none
  std::string here;
};
[[nodiscard]] GlibcVersions glibc_versions(const PluginIdentity& identity);

}  // namespace tidegate
