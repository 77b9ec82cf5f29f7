// SPDX-License-Identifier: Apache-2.0
//
// Everything that can be told of a plugin before any code of it runs, in the order in which it can
// be told: may others change the file, is it the pinned one, is it a sound library, a plugin, one
// for this host, one that this machine's linker can and should load. Thread rule: [any].
#pragma once

#include <filesystem>
#include <string>

#include "host/base/config/model.hpp"
#include "host/handle/plugin/identity.hpp"
#include "host/handle/plugin/private_copy.hpp"

namespace tidegate {

struct VettedPlugin {
  PluginFile file;
  PluginIdentity identity;
};

// Throws PluginRefused.
[[nodiscard]] VettedPlugin vet_plugin(const config::Plugin& plugin);

// Its first half, the file. Throws PluginRefused (hash_mismatch, not_trusted). A pin that fits is
// better than trust: whoever could have changed the file has not.
void check_file(const config::Plugin& plugin, const PluginFile& file);

// Its second half, the content. Throws PluginRefused.
void check_content(const std::filesystem::path& file, const PluginIdentity& identity);

}  // namespace tidegate
