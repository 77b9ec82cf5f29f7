// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/reload_report.hpp"

#include <algorithm>
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

std::string line(const std::string& pipeline, const ReloadResult& result) {
  std::string text = "pipeline " + pipeline + ": ";
  if (result.what == PluginReload::refused) return text + result.problem + "\n";
  text += metrics::name(result.what);
  return text + ", " + result.version->name + ' ' + result.version->version + " handles\n";
}

std::string text_of(const ReloadReport& report) {
  std::string text;
  for (const std::string& why : report.rejected) text += why + "\n";
  for (const std::string& pipeline : report.not_running)
    text += "pipeline " + pipeline + ": has failed or stops, so there is nothing to reload\n";
  for (const auto& [pipeline, result] : report.pipelines) text += line(pipeline, result);
  return text;
}

}  // namespace

AdminAnswer answer_of(const ReloadReport& report) {
  constexpr const char* kPlainText = "text/plain; charset=utf-8";
  const bool refused =
      std::any_of(report.pipelines.begin(), report.pipelines.end(),
                  [](const auto& one) { return one.second.what == PluginReload::refused; });
  if (!report.rejected.empty() || refused) return {kRefused, kPlainText, text_of(report), ""};
  if (!report.not_running.empty()) return {kNotRunning, kPlainText, text_of(report), ""};
  auto pipelines = Json::array();
  for (const auto& [pipeline, result] : report.pipelines)
    pipelines.push_back(facts(pipeline, result));
  const Json page = {{"pipelines", std::move(pipelines)}};
  return {200, "application/json", page.dump(2, ' ', false, Json::error_handler_t::replace) + "\n",
          ""};
}

}  // namespace tidegate
