// SPDX-License-Identifier: Apache-2.0
//
// `tidegate plugin new`: its command line. Thread rule: [main].
#pragma once

#include <string>

#include "host/app/cli/cli11_fwd.hpp"
#include "host/app/cli/exit_codes.hpp"
#include "host/app/scaffold/project.hpp"

namespace tidegate::cli {

struct PluginNewCommand {
  std::string name;
  scaffold::Language language = scaffold::Language::cpp;
};

// Adds `new` below `plugin`; what is parsed is written to the command, which outlives the
// application. Returns the subcommand.
CLI::App* add_plugin_new(CLI::App& plugin, PluginNewCommand& command);

// Makes the project in the current folder and prints what to do next.
[[nodiscard]] ExitCode plugin_new(const PluginNewCommand& command);

}  // namespace tidegate::cli
