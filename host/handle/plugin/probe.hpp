// SPDX-License-Identifier: Apache-2.0
//
// A plugin tried in a process of its own before this one loads it: the library is loaded, one
// instance is created with its real configuration and destroyed. What aborts, crashes, hangs or
// calls exit there ends the child and not the host (FACTS: a constructor that aborts ends the
// process inside dlopen). What it costs: a start of this executable and one create.
// Thread rule: [main] or [swap]; blocks until the child has ended, plugin.probe_timeout at most.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/config/model.hpp"

namespace tidegate {

// Vets the pipeline's plugin (vet.hpp) and copies it, then tries the copy, as the user and with the
// environment that its handler calls will have; returns the SHA-256 of what has passed. state_dir:
// where private copies are. Throws PluginRefused: what vetting, loading or creating it would throw
// here, too, or no_user, probe_crashed, probe_hung. Throws std::system_error where no child can be
// started.
std::string probe_plugin(const config::Pipeline& pipeline, const std::filesystem::path& state_dir);

// The end of what a child printed, for an error message: ". It printed: ...", or nothing.
[[nodiscard]] std::string last_words(std::string_view output);

// The child's side, behind its command (app/child_commands.cpp).
inline constexpr std::string_view kProbeCommand = "child-probe";
[[nodiscard]] int run_probe_child(std::vector<std::string> arguments);

}  // namespace tidegate
