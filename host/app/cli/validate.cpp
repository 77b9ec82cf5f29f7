// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "host/app/cli/commands.hpp"
#include "host/app/cli/config_file.hpp"
#include "host/app/scratch_dir.hpp"
#include "host/base/config/load.hpp"
#include "host/base/kafka/defaults.hpp"
#include "host/handle/plugin/lent_copy.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/plugin/probe.hpp"
#include "host/handle/plugin/vet.hpp"

namespace tidegate::cli {
namespace {

struct Checked {
  std::string file;
  std::vector<config::Finding> findings;
  [[nodiscard]] bool good() const { return !config::has_errors(findings); }
};

// What a start would refuse. Private copies go to a folder of this run: the host's own may belong
// to another user.
void check_plugin(const config::LoadResult& loaded, std::size_t i, ValidateCommand::Plugins how,
                  std::vector<config::Finding>& findings) {
  const config::Pipeline& pipeline = loaded.host->pipelines[i];
  try {
    if (how == ValidateCommand::Plugins::vet) {
      (void)vet_plugin(pipeline.plugin);
      (void)worker_user(pipeline, Rights::ignored);
    } else {
      const ScratchDir scratch;
      probe_plugin(pipeline, scratch.path());
    }
  } catch (const PluginRefused& refused) {
    findings.push_back(finding_of(loaded, i, refused.reason(), refused.what()));
  }
}

Checked check(const std::filesystem::path& file, const ValidateCommand& command) {
  config::LoadResult loaded = config::load_file(file, command.set, config::process_environment());
  Checked checked{file.string(), std::move(loaded.findings)};
  if (!loaded.host || command.plugins == ValidateCommand::Plugins::skip) return checked;
  for (std::size_t i = 0; i < loaded.host->pipelines.size(); ++i)
    check_plugin(loaded, i, command.plugins, checked.findings);
  return checked;
}

nlohmann::ordered_json as_json(const config::Finding& finding) {
  const bool error = finding.severity == config::Severity::error;
  return {{"file", finding.file},     {"line", finding.line},
          {"column", finding.column}, {"severity", error ? "error" : "warning"},
          {"path", finding.path},     {"message", finding.message}};
}

void print_json(const std::vector<Checked>& files, bool good, ValidateCommand::Explain explain) {
  nlohmann::ordered_json report = {{"ok", good}, {"files", nlohmann::ordered_json::array()}};
  for (const Checked& checked : files) {
    nlohmann::ordered_json findings = nlohmann::ordered_json::array();
    for (const config::Finding& finding : checked.findings) findings.push_back(as_json(finding));
    report["files"].push_back(
        {{"file", checked.file}, {"ok", checked.good()}, {"findings", std::move(findings)}});
  }
  if (explain == ValidateCommand::Explain::yes) report["explain"] = kafka::explain_defaults();
  std::cout << report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

// Findings go to stderr, so that "ok" on stdout is the whole answer.
void print_text(const std::vector<Checked>& files, bool good, ValidateCommand::Explain explain) {
  for (const Checked& checked : files) print_findings(std::cerr, checked.findings);
  if (explain == ValidateCommand::Explain::yes) std::cout << kafka::explain_defaults() << "\n";
  if (good) std::cout << "ok\n";
}

}  // namespace

ExitCode validate(const ValidateCommand& command) {
  std::vector<std::filesystem::path> names(command.files.begin(), command.files.end());
  if (names.empty()) names.push_back(choose_config_file(""));
  std::vector<Checked> files;
  for (const auto& name : names) files.push_back(check(name, command));
  const bool good = std::all_of(files.begin(), files.end(), [](const auto& f) { return f.good(); });
  if (command.format == OutputFormat::json) print_json(files, good, command.explain);
  else print_text(files, good, command.explain);
  return good ? ExitCode::ok : ExitCode::refused;
}

}  // namespace tidegate::cli
