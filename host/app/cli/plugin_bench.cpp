// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "host/app/cli/commands.hpp"
#include "host/app/cli/numbers.hpp"
#include "host/app/cli/plugin_input.hpp"
#include "host/app/cli/table.hpp"
#include "host/app/scratch_dir.hpp"
#include "host/app/workbench/measure.hpp"
#include "host/app/workbench/plugin_config.hpp"

namespace tidegate::cli {
namespace {

using nlohmann::ordered_json;
using workbench::Measured;

std::string decimals(double number, int places) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", places, number);
  return text.data();
}

std::string as_text(const std::vector<Measured>& all) {
  std::vector<std::vector<std::string>> rows = {
      {"CALL", "ANSWERS", "MESSAGES", "NS/MESSAGE", "OF IT HOST", "ALLOCATIONS/MESSAGE"}};
  for (const Measured& one : all) {
    const bool single = one.batch_messages == 0;
    rows.push_back({single ? "handle" : "handle_batch of " + std::to_string(one.batch_messages),
                    workbench::tally_text(one.answers), grouped(one.messages),
                    decimals(one.ns_per_message, 1), decimals(one.host_ns_per_message, 1),
                    one.allocations_per_message ? decimals(*one.allocations_per_message, 2) : "-"});
  }
  return table(rows, 2);
}

std::string as_json(const PluginInstance& plugin, const std::vector<Measured>& all) {
  const PluginIdentity& who = plugin.library().identity();
  ordered_json json = {
      {"name", who.name}, {"version", who.version}, {"calls", ordered_json::array()}};
  for (const Measured& one : all) {
    json["calls"].push_back(
        {{"call", one.batch_messages == 0 ? "handle" : "handle_batch"},
         {"batch_messages", one.batch_messages},
         {"messages", one.messages},
         {"ns_per_message", one.ns_per_message},
         {"host_ns_per_message", one.host_ns_per_message},
         {"allocations_per_message", one.allocations_per_message
                                         ? ordered_json(*one.allocations_per_message)
                                         : ordered_json()},
         {"answers", one.answers}});
  }
  return json.dump(2) + "\n";
}

}  // namespace

ExitCode plugin_bench(const PluginBenchCommand& command) {
  log_for_tools();
  const auto samples = samples_of(read_messages(command.run.messages), command.run.messages);
  const std::string config = workbench::plugin_config(command.run.config);
  const ScratchDir scratch;
  PluginMetrics metrics;
  const PluginInstance plugin(workbench::open_library(command.run.file, scratch.path()), "bench",
                              config, metrics);
  std::vector<Measured> all = {workbench::measure(plugin, samples, 0, command.time)};
  if (plugin.table().handle_batch != nullptr)
    all.push_back(workbench::measure(plugin, samples, command.batch, command.time));
  std::cout << (command.run.format == OutputFormat::json ? as_json(plugin, all) : as_text(all));
  return ExitCode::ok;
}

}  // namespace tidegate::cli
