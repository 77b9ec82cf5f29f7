// SPDX-License-Identifier: Apache-2.0
//
// From argv to a command with its options, or to a text and an exit code. Parsing does nothing
// else, so that tests can ask what a command line means. Thread rule: pure, [main].
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "host/app/cli/dlq_options.hpp"
#include "host/app/cli/exit_codes.hpp"
#include "host/app/cli/output_format.hpp"
#include "host/app/cli/plugin_options.hpp"
#include "host/app/cli/progress.hpp"
#include "host/app/cli/status_text.hpp"
#include "host/app/verdict.hpp"

namespace tidegate::cli {

struct RunCommand {
  std::string file;              // empty: where one is looked for by default
  std::vector<std::string> set;  // key=value
  RunUntil until = RunUntil::stopped;
};

struct ValidateCommand {
  std::vector<std::string> files;  // empty: where one is looked for by default
  std::vector<std::string> set;
  // Tried in a child process; looked at without running code of theirs; left out.
  enum class Plugins : std::uint8_t { probe, vet, skip } plugins = Plugins::probe;
  enum class Explain : std::uint8_t { no, yes } explain = Explain::no;
  OutputFormat format = OutputFormat::text;
};

struct DemoCommand {
  std::uint64_t messages = 200'000;
  std::string bootstrap;  // empty: an embedded mock cluster
  std::string plugin;     // empty: the flaky plugin beside the binary
  std::vector<std::string> set;
  ProgressDisplay::Show progress = ProgressDisplay::Show::on_terminal;
  enum class Keep : std::uint8_t { no, yes } keep = Keep::no;  // the cluster, until Ctrl-C
};

// Which running host is meant; both empty: that of the configuration `run` would find.
struct ControlTarget {
  std::string file;       // its configuration
  std::string state_dir;  // its state folder
};

struct StatusCommand {
  ControlTarget target;
  OutputFormat format = OutputFormat::text;
};

struct LagCommand {
  ControlTarget target;
  Partitions partitions = Partitions::hidden;
  OutputFormat format = OutputFormat::text;
};

struct ChangeCommand {
  enum class What : std::uint8_t { pause, resume } what = What::pause;
  std::string pipeline;
  ControlTarget target;
  OutputFormat format = OutputFormat::text;
};

struct ReloadCommand {
  std::string pipeline;  // empty: all, and the configuration
  ControlTarget target;
  OutputFormat format = OutputFormat::text;
};

struct VersionCommand {
  OutputFormat format = OutputFormat::text;
};

// Nothing to run: help (on stdout, ok) or what is wrong with the command line (on stderr, usage).
struct Answer {
  ExitCode code = ExitCode::usage;
  std::string text;
};

using Command =
    std::variant<RunCommand, ValidateCommand, DemoCommand, DlqCommand, InspectCommand,
                 PluginNewCommand, PluginTestCommand, PluginValidateCommand, PluginBenchCommand,
                 StatusCommand, LagCommand, ChangeCommand, ReloadCommand, VersionCommand, Answer>;

// arguments: argv without the program's name.
[[nodiscard]] Command parse(std::vector<std::string> arguments);

}  // namespace tidegate::cli
