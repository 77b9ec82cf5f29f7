// SPDX-License-Identifier: Apache-2.0
//
// What each command does, once its command line is understood. Each writes its result to stdout and
// what went wrong to stderr. Thread rule: [main]; each may throw std::exception with a text for
// people.
#pragma once

#include "host/app/cli/command_line.hpp"
#include "host/app/cli/exit_codes.hpp"

namespace tidegate::cli {

[[nodiscard]] ExitCode run(const RunCommand& command);
[[nodiscard]] ExitCode validate(const ValidateCommand& command);
[[nodiscard]] ExitCode demo(const DemoCommand& command);
[[nodiscard]] ExitCode dead_letters(const DlqCommand& command);
[[nodiscard]] ExitCode inspect(const InspectCommand& command);
[[nodiscard]] ExitCode plugin_test(const PluginTestCommand& command);
[[nodiscard]] ExitCode plugin_validate(const PluginValidateCommand& command);
[[nodiscard]] ExitCode plugin_bench(const PluginBenchCommand& command);
[[nodiscard]] ExitCode status(const StatusCommand& command);
[[nodiscard]] ExitCode lag(const LagCommand& command);
[[nodiscard]] ExitCode change(const ChangeCommand& command);
[[nodiscard]] ExitCode reload(const ReloadCommand& command);
[[nodiscard]] ExitCode version(const VersionCommand& command);

// The whole program: parses, runs, turns what is thrown into a text on stderr and a code.
[[nodiscard]] ExitCode run_command_line(std::vector<std::string> arguments);

}  // namespace tidegate::cli
