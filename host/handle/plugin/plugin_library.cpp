// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/plugin_library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <map>
#include <utility>

#include "host/base/log.hpp"
#include "host/base/mutex.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/plugin/private_copy.hpp"
#include "host/handle/plugin/vet.hpp"

namespace tidegate {
namespace {

// Every library that this process has loaded, by content and by the path that people know it by; of
// the same content the dynamic linker makes one. Its own list is one per process, so this is too;
// it is never destroyed, as nothing in it may be unloaded.
struct Loaded {
  Mutex mutex;
  std::map<std::pair<std::string, std::filesystem::path>, std::shared_ptr<const PluginLibrary>>
      libraries TIDEGATE_GUARDED_BY(mutex);
};

Loaded& loaded() {
  static auto* const instance = new Loaded;
  return *instance;
}

std::shared_ptr<const PluginLibrary> find_loaded(const PluginFacts& plugin) {
  Loaded& all = loaded();
  const MutexLock lock(all.mutex);
  const auto found = all.libraries.find({plugin.sha256, plugin.path});
  return found == all.libraries.end() ? nullptr : found->second;
}

namespace dll = boost::dll;

// Runs the library's constructors. Throws PluginRefused.
std::unique_ptr<dll::shared_library> load(const std::filesystem::path& path,
                                          const std::filesystem::path& copy) {
  // Everything is resolved now, so that a missing symbol is found here and not in a handler call;
  // RTLD_NODELETE passes through to dlopen and keeps the library mapped after the handle is closed.
  const auto mode = static_cast<dll::load_mode::type>(dll::load_mode::rtld_now | RTLD_NODELETE);
  try {
    // The copy's folder is absolute: Boost would look for a bare name beside the executable.
    return std::make_unique<dll::shared_library>(copy, mode);
  } catch (const std::exception& error) {
    throw PluginRefused(path, RefusedReason::load_failed,
                        std::string("the dynamic linker refuses it: ") + error.what(),
                        "install the libraries it needs or link them statically, build it on a "
                        "system no newer than this one, keep host.state_dir off a noexec mount");
  }
}

// What the plugin knows of the table; the rest stays zero (DESIGN §6). known_size: of the symbol,
// so that a wrong struct_size cannot make us read beyond it.
tidegate_plugin copy_table(const tidegate_plugin& table, std::uint64_t known_size) {
  tidegate_plugin copy{};
  const std::uint64_t size =
      std::min<std::uint64_t>({table.struct_size, known_size, sizeof(tidegate_plugin)});
  std::memcpy(&copy, &table, size);
  return copy;
}

void check_table(const std::filesystem::path& path, const tidegate_plugin& table) {
  const auto refuse = [&](const std::string& what) {
    throw PluginRefused(path, RefusedReason::bad_table, what,
                        "fill in " TIDEGATE_ENTRY " as <tidegate/plugin.h> says");
  };
  if (table.struct_size < offsetof(tidegate_plugin, handle_batch)) {
    refuse("its table says struct_size " + std::to_string(table.struct_size) +
           ", which ends before handle");
  }
  if (table.create == nullptr) refuse("its table has no create");
  if (table.destroy == nullptr) refuse("its table has no destroy");
  if (table.handle == nullptr) refuse("its table has no handle");
}

}  // namespace

PluginFacts prepare_plugin(const config::Plugin& plugin, const std::filesystem::path& state_dir) {
  VettedPlugin vetted = vet_plugin(plugin);
  PluginFacts facts{plugin.path, {}, vetted.file.sha256, std::move(vetted.identity)};
  facts.copy = store_private_copy(plugin.path, vetted.file, facts.identity.name,
                                  std::filesystem::absolute(state_dir));
  return facts;
}

PluginLibrary::PluginLibrary(const PluginFacts& plugin)
    : path_(plugin.path),
      copy_(plugin.copy),
      sha256_(plugin.sha256),
      identity_(plugin.identity),
      library_(load(path_, copy_)) {
  // The symbol is there: check_runs_here has seen it in the same bytes.
  table_ = copy_table(library_->get<const tidegate_plugin>(TIDEGATE_ENTRY),
                      identity_.elf.tables.at(TIDEGATE_ENTRY));
  check_table(path_, table_);
}

PluginLibrary::~PluginLibrary() = default;

std::shared_ptr<const PluginLibrary> PluginLibrary::open(const PluginFacts& plugin) {
  if (auto known = find_loaded(plugin)) return known;
  // No lock is held here: loading runs the plugin's constructors. Two threads that load the same
  // copy get the same library from the dynamic linker.
  const std::shared_ptr<const PluginLibrary> library(new PluginLibrary(plugin));
  log::info("plugin_loaded", "a plugin was loaded",
            {{"plugin", library->identity().name},
             {"plugin_version", library->identity().version},
             {"sha256", library->sha256()},
             {"file", plugin.path.string()}});
  Loaded& all = loaded();
  const MutexLock lock(all.mutex);
  return all.libraries.emplace(std::pair(plugin.sha256, plugin.path), library).first->second;
}

}  // namespace tidegate
