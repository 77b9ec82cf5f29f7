// SPDX-License-Identifier: Apache-2.0
//
// The command line of `tidegate plugin`: its verbs and their options. Thread rule: [main].
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "host/app/cli/cli11_fwd.hpp"
#include "host/app/cli/output_format.hpp"
#include "host/app/cli/plugin_new.hpp"

namespace tidegate::cli {

struct InspectCommand {
  std::string file;
  OutputFormat format = OutputFormat::text;
};

// What the verbs that run a plugin have in common.
struct PluginRun {
  std::string file;
  std::string config;    // a file or text, TOML or JSON; empty: {}
  std::string messages;  // a file of JSON lines, "-": stdin; empty: none
  OutputFormat format = OutputFormat::text;
};

struct PluginTestCommand {
  PluginRun run;
  std::uint32_t batch = 0;  // messages of one handle_batch call; 0: handle
  std::chrono::milliseconds handler_timeout = std::chrono::seconds(30);
};

struct PluginValidateCommand {
  PluginRun run;
  std::vector<std::string> only;  // checks; empty: all
  std::chrono::milliseconds time_limit = std::chrono::seconds(10);
};

struct PluginBenchCommand {
  PluginRun run;
  std::uint32_t batch = 500;
  std::chrono::milliseconds time = std::chrono::seconds(1);
};

using PluginCommand = std::variant<PluginNewCommand, InspectCommand, PluginTestCommand,
                                   PluginValidateCommand, PluginBenchCommand>;

class PluginOptions {
 public:
  // Adds `plugin` with its verbs; outlives app.
  void add_to(CLI::App& app);
  // The verb that was typed; empty: none of them.
  [[nodiscard]] std::optional<PluginCommand> chosen() const;

 private:
  void add_inspect(CLI::App& plugin);
  void add_test(CLI::App& plugin);
  void add_validate(CLI::App& plugin);
  void add_bench(CLI::App& plugin);

  PluginNewCommand new_;
  InspectCommand inspect_;
  PluginTestCommand test_;
  PluginValidateCommand validate_;
  PluginBenchCommand bench_;
  CLI::App* new_app_ = nullptr;
  CLI::App* inspect_app_ = nullptr;
  CLI::App* test_app_ = nullptr;
  CLI::App* validate_app_ = nullptr;
  CLI::App* bench_app_ = nullptr;
};

}  // namespace tidegate::cli
