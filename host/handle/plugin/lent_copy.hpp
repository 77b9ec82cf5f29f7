// SPDX-License-Identifier: Apache-2.0
//
// A private copy for a child process (probe, worker) that may run as another user
// (worker.user). Nobody but the host can walk to the copy: state_dir and the plugins folder in it
// are closed to others, whatever their parents are. So the child gets a descriptor of the copy's
// own folder, and where it is another user it opens the copy from there. A child of our own user
// opens it by its path, where a debugger finds it, too. Thread rule: [any].
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "host/base/child_process.hpp"
#include "host/base/config/model.hpp"
#include "host/base/descriptor.hpp"
#include "host/handle/plugin/plugin_library.hpp"

namespace tidegate {

// The user of the pipeline's worker and of its plugin's probe; none: the host's own. Throws
// PluginRefused (no_user) where there is no such user, or where this process may not start a child
// as that one.
enum class Rights : std::uint8_t { checked, ignored };
[[nodiscard]] std::optional<ChildUser> worker_user(const config::Pipeline& pipeline,
                                                   Rights rights = Rights::checked);

// The descriptor of its folder, to be handed over to the child. Throws std::system_error.
[[nodiscard]] Descriptor folder_of_copy(const std::filesystem::path& copy);
// Where the child finds the copy. position: of that descriptor in ChildSpec::descriptors.
[[nodiscard]] std::string copy_for_child(const std::filesystem::path& copy,
                                         const std::optional<ChildUser>& user, int position);

// The child's side: what is there is what was vetted. Throws PluginRefused.
[[nodiscard]] PluginFacts vet_copy(const std::filesystem::path& copy, const std::string& sha256);

}  // namespace tidegate
