// SPDX-License-Identifier: Apache-2.0
//
// A plugin's file, read once, and the copy of it that is loaded:
// <state_dir>/plugins/<sha256>/<name>.so. Overwriting a loaded file ends the process (SIGBUS), and
// a new file at a known path is not loaded while the old one is open (FACTS); a copy whose path
// says its content has neither trouble, and what was checked is what is loaded. Copies are never
// removed: another host may use the same state_dir. Thread rule: [any]; several processes may do it
// at once.
#pragma once

#include <filesystem>
#include <string>

namespace tidegate {

struct PluginFile {
  std::string bytes;
  std::string sha256;  // lower-case hex, of the bytes
  std::string distrust =
      {};  // why others could have written it (file_trust.hpp); empty: they could not
};

// Reads from one descriptor. Throws PluginRefused (not_found).
PluginFile read_plugin_file(const std::filesystem::path& path);

// Writes the copy, or finds it there with the right content; returns its path. path: for messages;
// name: of the plugin. Throws PluginRefused (copy_failed).
std::filesystem::path store_private_copy(const std::filesystem::path& path, const PluginFile& file,
                                         const std::string& name,
                                         const std::filesystem::path& state_dir);

}  // namespace tidegate
