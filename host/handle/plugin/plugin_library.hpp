// SPDX-License-Identifier: Apache-2.0
//
// A plugin's library, loaded. It is checked first, without running any of its code, then loaded
// from its private copy, and stays mapped until the process ends: an ordinary C++ library cannot be
// unloaded safely (FACTS). The same content is the same code in memory, whoever asks for it and
// whatever path it came by.
// Thread rule: open on [main] or [swap]; an open library is immutable, [any].
#pragma once

#include <tidegate/plugin.h>

#include <filesystem>
#include <memory>
#include <string>

#include "host/base/config/model.hpp"
#include "host/handle/plugin/identity.hpp"

namespace boost::dll {
class shared_library;
}

namespace tidegate {

// A plugin that was checked and copied, and of which no code has run.
struct PluginFacts {
  std::filesystem::path path;  // where it came from
  std::filesystem::path copy;  // what is to be loaded
  std::string sha256;
  PluginIdentity identity;
};

// Throws PluginRefused. [any]
[[nodiscard]] PluginFacts prepare_plugin(const config::Plugin& plugin,
                                         const std::filesystem::path& state_dir);

class PluginLibrary {
 public:
  ~PluginLibrary();
  PluginLibrary(const PluginLibrary&) = delete;
  PluginLibrary& operator=(const PluginLibrary&) = delete;
  // Throws PluginRefused. Blocks for as long as the library's constructors run.
  static std::shared_ptr<const PluginLibrary> open(const PluginFacts& plugin);
  static std::shared_ptr<const PluginLibrary> open(const config::Plugin& plugin,
                                                   const std::filesystem::path& state_dir) {
    return open(prepare_plugin(plugin, state_dir));
  }

  [[nodiscard]] const PluginIdentity& identity() const { return identity_; }
  // The plugin's table, zero where the plugin has no entry; create, destroy and handle are there.
  [[nodiscard]] const tidegate_plugin& table() const { return table_; }
  [[nodiscard]] bool thread_safe() const { return (table_.flags & TIDEGATE_THREAD_SAFE) != 0; }
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  // Where it came from first, and the copy that is loaded.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const std::filesystem::path& copy() const { return copy_; }

 private:
  explicit PluginLibrary(const PluginFacts& plugin);

  std::filesystem::path path_;
  std::filesystem::path copy_;
  std::string sha256_;
  PluginIdentity identity_;
  std::unique_ptr<boost::dll::shared_library> library_;
  tidegate_plugin table_{};
};

}  // namespace tidegate
