// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "host/app/cli/commands.hpp"
#include "host/app/cli/config_file.hpp"
#include "host/app/cli/numbers.hpp"
#include "host/app/dlq/purge.hpp"
#include "host/app/dlq/replay.hpp"
#include "host/app/dlq/show.hpp"
#include "host/app/dlq/summary.hpp"
#include "host/app/dlq/target.hpp"
#include "host/app/signals.hpp"
#include "host/base/config/load.hpp"
#include "host/base/log_format.hpp"

namespace tidegate::cli {
namespace {

using dlq::BadUsage;
using dlq::ReadClient;
using dlq::Summary;
using dlq::Target;

// The findings were printed.
struct ConfigurationRefused {};

std::vector<Target> targets_of(const dlq::Where& where) {
  if (!where.bootstrap.empty()) return {dlq::target_of(where)};
  const config::LoadResult loaded =
      config::load_file(choose_config_file(where.file), where.set, config::process_environment());
  print_findings(std::cerr, loaded.findings);
  if (!loaded.host) throw ConfigurationRefused{};
  return dlq::targets_of(*loaded.host, where.pipeline);
}

// A client that only reads commits nothing, so it needs no group of its own.
ReadClient reader_of(const Target& target, const DlqCommand& command) {
  return {target, dlq::progress_group(target.group.empty() ? "tidegate" : target.group, ""),
          command.where.timeout};
}

// A topic that was named must be there; a pipeline without dead letters may not have one yet.
void require(bool exists, const Target& target) {
  if (!exists && target.pipeline.empty())
    throw std::runtime_error("topic " + target.topic + " does not exist");
}

Summary summary_of(ReadClient& client, const Target& target, const dlq::Filter& filter,
                   const std::optional<dlq::Ranges>& extent) {
  require(extent.has_value(), target);
  Summary summary;
  if (extent) summary = dlq::summarize(client, target.topic, *extent, filter);
  summary.topic = target.topic;
  summary.exists = extent.has_value();
  return summary;
}

ExitCode list(const DlqCommand& command) {
  std::vector<Summary> summaries;
  for (const Target& target : targets_of(command.where)) {
    ReadClient client = reader_of(target, command);
    summaries.push_back(
        summary_of(client, target, command.filter, dlq::extent_of(client, target.topic)));
  }
  dlq::print(std::cout, summaries, command.format);
  return ExitCode::ok;
}

ExitCode show(const DlqCommand& command) {
  for (const Target& target : targets_of(command.where)) {
    ReadClient client = reader_of(target, command);
    const auto extent = dlq::extent_of(client, target.topic);
    require(extent.has_value(), target);
    if (!extent) continue;
    const dlq::Shown shown = dlq::show(std::cout, client, target.topic, *extent, command.filter,
                                       command.show, command.format);
    if (shown.printed == shown.matching) continue;
    std::cerr << target.topic << ": the newest " << grouped(shown.printed) << " of "
              << grouped(shown.matching) << "; --limit 0 prints all\n";
  }
  return ExitCode::ok;
}

ExitCode replay(const DlqCommand& command) {
  log::configure(log::Level::warn, log::Format::text);
  Signals signals;  // before anything that starts threads
  const auto stop_asked = [&signals] { return signals.wait_for_stop(system_clock().now()); };
  bool all = true;
  for (const Target& target : targets_of(command.where)) {
    dlq::ReplayReport report;
    const auto print = [&] { dlq::print(std::cout, report, command.replay, command.format); };
    try {
      dlq::replay(
          {target, command.filter, command.replay, command.where.timeout, std::cerr, stop_asked},
          report);
    } catch (const BadUsage&) {
      throw;
    } catch (...) {
      print();
      throw;
    }
    require(report.exists, target);
    print();
    all = all && !report.stopped && report.unreadable == 0;
    if (report.stopped) break;
  }
  return all ? ExitCode::ok : ExitCode::failed;
}

bool is_sure(const std::vector<Summary>& summaries) {
  if (isatty(STDIN_FILENO) == 0)
    throw BadUsage("there is no terminal to ask on; say --yes to delete them");
  dlq::print(std::cerr, summaries, dlq::Format::table);
  std::cerr << "Delete these for good? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

ExitCode purge(const DlqCommand& command) {
  const std::vector<Target> targets = targets_of(command.where);
  std::vector<Summary> summaries;
  std::vector<std::optional<dlq::Ranges>> extents;
  for (const Target& target : targets) {
    ReadClient client = reader_of(target, command);
    extents.push_back(dlq::extent_of(client, target.topic));
    summaries.push_back(summary_of(client, target, {}, extents.back()));
  }
  if (command.purge == DlqCommand::Purge::ask && !is_sure(summaries)) {
    std::cerr << "nothing was deleted\n";
    return ExitCode::failed;
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    ReadClient client = reader_of(targets[i], command);
    if (extents[i]) dlq::delete_up_to_end(client, targets[i].topic, *extents[i]);
    if (command.format == dlq::Format::json) {
      std::cout << R"({"topic":)" << log::json_string(targets[i].topic) << R"(,"deleted":)"
                << summaries[i].messages << "}\n";
    } else {
      std::cout << targets[i].topic << ": deleted " << grouped(summaries[i].messages) << "\n";
    }
  }
  return ExitCode::ok;
}

ExitCode execute(const DlqCommand& command) {
  switch (command.verb) {
    case DlqCommand::Verb::list: return list(command);
    case DlqCommand::Verb::show: return show(command);
    case DlqCommand::Verb::replay: return replay(command);
    case DlqCommand::Verb::purge: return purge(command);
  }
  return ExitCode::failed;
}

ExitCode complain_of_dlq(const std::exception& error, ExitCode code) {
  std::cout << std::flush;
  std::cerr << "tidegate dlq: " << error.what() << "\n";
  return code;
}

}  // namespace

ExitCode dead_letters(const DlqCommand& command) try {
  const ExitCode code = execute(command);
  std::cout << std::flush;
  return code;
} catch (const ConfigurationRefused&) {
  return ExitCode::refused;
} catch (const BadUsage& error) {
  return complain_of_dlq(error, ExitCode::usage);
} catch (const dlq::Unreachable& error) {
  return complain_of_dlq(error, ExitCode::unavailable);
}

}  // namespace tidegate::cli
