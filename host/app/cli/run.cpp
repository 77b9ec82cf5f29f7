// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <exception>
#include <filesystem>
#include <iostream>
#include <utility>
#include <vector>

#include "host/app/cli/commands.hpp"
#include "host/app/cli/config_file.hpp"
#include "host/app/cli/session.hpp"
#include "host/app/cli/summary.hpp"
#include "host/app/signals.hpp"
#include "host/base/config/load.hpp"
#include "host/base/log.hpp"

namespace tidegate::cli {
namespace {

// For whom the output is: a person at a terminal, or a collector of logs.
enum class Face : std::uint8_t { person, collector };

Face face_of(const config::Log& log) {
  return isatty(STDERR_FILENO) != 0 && log.format != "json" ? Face::person : Face::collector;
}

log::Format format_of(const config::Log& log) {
  if (log.format == "auto")
    return isatty(STDERR_FILENO) != 0 ? log::Format::text : log::Format::json;
  return log.format == "json" ? log::Format::json : log::Format::text;
}

void show_summary(const std::vector<Ledger>& ledgers, Face face) {
  if (face == Face::person) std::cout << summary_text(ledgers) << std::flush;
  else log_summary(ledgers);
}

// Each at its key, as validate would show it; a collector gets it as a line of the log.
void show_refusals(const HostRefused& refused, const config::LoadResult& loaded, Face face) {
  std::vector<config::Finding> findings;
  for (const auto& refusal : refused.refusals) {
    config::Finding finding = finding_of(loaded, refusal.pipeline, refusal.reason, refusal.text);
    if (face == Face::collector) {
      log::error("plugin_refused", "a plugin is not run",
                 {{"pipeline", loaded.host->pipelines.at(refusal.pipeline).name},
                  {"reason", name(refusal.reason)},
                  {"file", finding.file},
                  {"line", finding.line},
                  {"column", finding.column},
                  {"path", finding.path},
                  {"error", refusal.text}});
    }
    findings.push_back(std::move(finding));
  }
  if (face == Face::person) print_findings(std::cerr, findings);
}

// Everything behind the checks. What is thrown here goes where the log goes.
ExitCode run_configured(const config::LoadResult& loaded, Reloads::Reread reread, RunUntil until,
                        Face face) try {
  Signals signals;  // before anything that starts threads
  Host host(*loaded.host, std::make_unique<KafkaTopicAdmin>(), std::move(reread));
  ProgressDisplay progress(
      face == Face::person ? ProgressDisplay::Show::on_terminal : ProgressDisplay::Show::never,
      std::chrono::seconds(1));
  const SessionResult result = run_session(host, signals, until, progress);
  show_summary(result.ledgers, face);
  if (result.ending == Host::Ending::stuck) end_stuck();
  return result.exit_code();
} catch (const HostRefused& refused) {
  show_refusals(refused, loaded, face);
  return ExitCode::refused;
} catch (const std::exception& error) {
  log::error("host_failed", "the host cannot run", {{"error", error.what()}});
  return ExitCode::failed;
}

}  // namespace

ExitCode run(const RunCommand& command) {
  const std::filesystem::path file = choose_config_file(command.file);
  const config::LoadResult loaded =
      config::load_file(file, command.set, config::process_environment());
  print_findings(std::cerr, loaded.findings);
  if (!loaded.host) return ExitCode::refused;

  log::configure(loaded.host->log.level, format_of(loaded.host->log));
  const Face face = face_of(loaded.host->log);
  // The same file for good, wherever a plugin may take the working directory.
  const auto reread = [file = std::filesystem::absolute(file), set = command.set] {
    return config::load_file(file, set, config::process_environment());
  };
  return run_configured(loaded, reread, command.until, face);
}

}  // namespace tidegate::cli
