// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "host/app/cli/commands.hpp"
#include "host/app/cli/numbers.hpp"
#include "host/app/cli/plugin_input.hpp"
#include "host/app/cli/table.hpp"
#include "host/app/dlq/text.hpp"
#include "host/app/scratch_dir.hpp"
#include "host/app/workbench/plugin_config.hpp"
#include "host/app/workbench/validation.hpp"
#include "host/handle/plugin/private_copy.hpp"
#include "host/handle/plugin/vet.hpp"

namespace tidegate::cli {
namespace {

using nlohmann::ordered_json;
using workbench::CheckResult;

bool passed(const CheckResult& result) { return result.verdict == CheckResult::Verdict::pass; }

// All, or those that were asked for, in our order.
std::vector<const workbench::Check*> chosen(const std::vector<std::string>& only) {
  std::vector<const workbench::Check*> checks;
  for (const workbench::Check& check : workbench::all_checks()) {
    if (only.empty() || std::find(only.begin(), only.end(), check.name) != only.end())
      checks.push_back(&check);
  }
  return checks;
}

std::string as_text(const VettedPlugin& plugin, const std::vector<CheckResult>& results) {
  std::vector<std::vector<std::string>> rows = {{"CHECK", "RESULT", "WHAT", "TIME"}};
  std::string details;
  for (const CheckResult& result : results) {
    const std::string name(result.check->name);
    rows.push_back({name, passed(result) ? "pass" : "FAIL", std::string(result.check->what),
                    readable_seconds(result.seconds)});
    if (!passed(result)) details += "\n" + name + ": " + dlq::printable(result.detail) + "\n";
  }
  const auto failed = std::count_if(results.begin(), results.end(),
                                    [](const CheckResult& result) { return !passed(result); });
  return plugin.identity.name + " " + plugin.identity.version + "\n\n" + table(rows, 3) + details +
         "\n" +
         (failed == 0 ? "all " + std::to_string(results.size()) + " checks passed\n"
                      : std::to_string(failed) + " of " + std::to_string(results.size()) +
                            " checks failed\n");
}

std::string as_json(const PluginValidateCommand& command, const VettedPlugin& plugin,
                    const std::vector<CheckResult>& results) {
  ordered_json json = {{"ok", std::all_of(results.begin(), results.end(), passed)},
                       {"name", plugin.identity.name},
                       {"version", plugin.identity.version},
                       {"file", command.run.file},
                       {"sha256", plugin.file.sha256},
                       {"checks", ordered_json::array()}};
  for (const CheckResult& result : results) {
    json["checks"].push_back({{"name", result.check->name},
                              {"what", result.check->what},
                              {"result", passed(result) ? "pass" : "fail"},
                              {"detail", result.detail},
                              {"seconds", result.seconds}});
  }
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

ExitCode plugin_validate(const PluginValidateCommand& command) {
  log_for_tools();
  const std::string messages = read_messages(command.run.messages);
  if (!command.run.messages.empty()) (void)samples_of(messages, command.run.messages);
  const std::string config = workbench::plugin_config(command.run.config);
  const std::filesystem::path file = std::filesystem::absolute(command.run.file);
  const VettedPlugin plugin = vet_plugin({file, read_plugin_file(file).sha256, "", {}});
  const ScratchDir scratch;
  const workbench::TrialSetup setup{file, scratch.path(), config, messages, command.time_limit};
  const bool shows_progress = command.run.format == OutputFormat::text;
  const auto results =
      workbench::validate_plugin(setup, chosen(command.only), [&](const CheckResult& result) {
        if (shows_progress) std::cerr << (passed(result) ? "." : "F") << std::flush;
      });
  if (shows_progress) std::cerr << "\n";
  std::cout << (command.run.format == OutputFormat::json ? as_json(command, plugin, results)
                                                         : as_text(plugin, results));
  return std::all_of(results.begin(), results.end(), passed) ? ExitCode::ok : ExitCode::failed;
}

}  // namespace tidegate::cli
