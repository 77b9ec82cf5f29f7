// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/lent_copy.hpp"

#include <fcntl.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/plugin/vet.hpp"

namespace tidegate {

std::optional<ChildUser> worker_user(const config::Pipeline& pipeline, Rights rights) {
  const std::string& text = pipeline.worker.user;
  if (text.empty()) return std::nullopt;
  try {
    ChildUser user = find_child_user(text);
    if (rights == Rights::checked) check_may_change_user();
    return user;
  } catch (const ChildUserRefused& refused) {
    throw PluginRefused(pipeline.plugin.path, RefusedReason::no_user,
                        "worker.user = \"" + text + "\": " + refused.what(), refused.cure());
  }
}

Descriptor folder_of_copy(const std::filesystem::path& copy) {
  const std::filesystem::path folder = copy.parent_path();
  Descriptor descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor) throw std::system_error(errno, std::generic_category(), folder.string());
  return descriptor;
}

std::string copy_for_child(const std::filesystem::path& copy, const std::optional<ChildUser>& user,
                           int position) {
  if (!user) return copy.string();
  const int number = kFirstChildDescriptor + position;
  return "/proc/self/fd/" + std::to_string(number) + "/" + copy.filename().string();
}

PluginFacts vet_copy(const std::filesystem::path& copy, const std::string& sha256) {
  config::Plugin plugin;
  plugin.path = copy;
  plugin.sha256 = sha256;
  VettedPlugin vetted = vet_plugin(plugin);
  return {copy, copy, std::move(vetted.file.sha256), std::move(vetted.identity)};
}

}  // namespace tidegate
