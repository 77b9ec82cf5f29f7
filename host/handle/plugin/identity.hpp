// SPDX-License-Identifier: Apache-2.0
//
// Who a plugin says it is: its identity note as values, and whether this host can run it. All of it
// is known before any code of the plugin runs. Thread rule: values, [any].
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "host/handle/plugin/elf_file.hpp"

namespace tidegate {

struct PluginIdentity {
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor = 0;
  std::uint32_t needs_minor = 0;  // lowest minor of the host it can run on
  std::string name;
  std::string version;
  std::string compiler;
  ElfFacts elf;
};

// Reads the file's bytes. file: for messages. Throws PluginRefused: no library, or no plugin.
PluginIdentity read_identity(const std::filesystem::path& file, std::string_view bytes);

// Throws PluginRefused (abi_mismatch, bad_table) when this host cannot run it.
void check_runs_here(const std::filesystem::path& file, const PluginIdentity& identity);

}  // namespace tidegate
