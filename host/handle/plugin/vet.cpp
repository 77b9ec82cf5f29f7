// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/vet.hpp"

#include <utility>

#include "host/handle/plugin/linking.hpp"
#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate {

void check_file(const config::Plugin& plugin, const PluginFile& file) {
  if (plugin.sha256 == file.sha256) return;
  if (!plugin.sha256.empty()) {
    throw PluginRefused(plugin.path, RefusedReason::hash_mismatch,
                        "its SHA-256 is " + file.sha256 + ", plugin.sha256 pins " + plugin.sha256,
                        "deploy the pinned file, or pin this one");
  }
  if (!file.distrust.empty()) {
    throw PluginRefused(plugin.path, RefusedReason::not_trusted, file.distrust,
                        "let it and its folder belong to root or the host's user and take the "
                        "right to write from all others (chown, chmod go-w), or pin it with "
                        "plugin.sha256 = \"" +
                            file.sha256 + "\"");
  }
}

void check_content(const std::filesystem::path& file, const PluginIdentity& identity) {
  check_runs_here(file, identity);
  check_links_here(file, identity);
}

VettedPlugin vet_plugin(const config::Plugin& plugin) {
  PluginFile file = read_plugin_file(plugin.path);
  check_file(plugin, file);
  PluginIdentity identity = read_identity(plugin.path, file.bytes);
  check_content(plugin.path, identity);
  return {std::move(file), std::move(identity)};
}

}  // namespace tidegate
