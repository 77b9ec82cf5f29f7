// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/reload_report.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

namespace tidegate {
namespace {

using Json = nlohmann::ordered_json;
using metrics::PluginReload;

constexpr int kRefused = 422;
constexpr int kNotRunning = 409;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

Json facts(const std::string& pipeline, const ReloadResult& result) {
  Json facts = {{"pipeline", pipeline}, {"result", metrics::name(result.what)}};
  facts["plugin"] = result.version->name;
  facts["version"] = result.version->version;
  facts["sha256"] = result.version->sha256;
  facts["generation"] = result.version->generation;
  if (result.what != PluginReload::swapped) return facts;
  facts["version_before"] = result.before->version;
  facts["duration_seconds"] = seconds(result.took);
  facts["probation_seconds"] = seconds(result.probation);
  facts["old_generations_left"] = result.old_still;
  return facts;
}

Json facts(const ChangedPipeline& changed) {
  return {{"pipeline", changed.pipeline}, {"result", name(changed.what)}};
}

bool refused(const ReloadResult& result) { return result.what == PluginReload::refused; }

std::string good_line(const std::string& pipeline, const ReloadResult& result) {
  return "pipeline " + pipeline + ": " + std::string(metrics::name(result.what)) + ", " +
         result.version->name + ' ' + result.version->version + " handles\n";
}

// What is as it was asked for.
std::string good_lines(const ReloadReport& report) {
  std::string text;
  for (const auto& [pipeline, result] : report.pipelines) {
    if (!refused(result)) text += good_line(pipeline, result);
  }
  for (const ChangedPipeline& changed : report.changed) {
    if (changed.why.empty())
      text += "pipeline " + changed.pipeline + ": " + std::string(name(changed.what)) + "\n";
  }
  return text;
}

}  // namespace

std::string problems_of(const ReloadReport& report) {
  std::string text;
  for (const std::string& why : report.rejected) text += why + "\n";
  for (const std::string& pipeline : report.not_running)
    text += "pipeline " + pipeline + ": has failed or stops, so there is nothing to reload\n";
  for (const auto& [pipeline, result] : report.pipelines) {
    if (refused(result)) text += "pipeline " + pipeline + ": " + result.problem + "\n";
  }
  for (const ChangedPipeline& changed : report.changed) {
    if (!changed.why.empty())
      text += "pipeline " + changed.pipeline + ": " + std::string(name(changed.what)) + ": " +
              changed.why + "\n";
  }
  return text;
}

AdminAnswer answer_of(const ReloadReport& report) {
  constexpr const char* kPlainText = "text/plain; charset=utf-8";
  const std::string problems = problems_of(report);
  if (!problems.empty()) {
    const bool only_not_running = problems_of({.not_running = report.not_running}) == problems;
    return {only_not_running ? kNotRunning : kRefused, kPlainText, problems + good_lines(report),
            ""};
  }
  auto pipelines = Json::array();
  for (const auto& [pipeline, result] : report.pipelines)
    pipelines.push_back(facts(pipeline, result));
  for (const ChangedPipeline& changed : report.changed) pipelines.push_back(facts(changed));
  const Json page = {{"pipelines", std::move(pipelines)}};
  return {200, "application/json", page.dump(2, ' ', false, Json::error_handler_t::replace) + "\n",
          ""};
}

}  // namespace tidegate
