// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/validation.hpp"

#include <chrono>
#include <nlohmann/json.hpp>

#include "host/base/child_run.hpp"
#include "host/handle/plugin/probe.hpp"

namespace tidegate::workbench {
namespace {

// What a child needs for its own start and end, beside the check's time.
constexpr Duration kMargin = std::chrono::seconds(2);

nlohmann::json request_of(const TrialSetup& setup, const Check& check) {
  return {{"check", check.name},
          {"plugin", setup.plugin.string()},
          {"state_dir", setup.state_dir.string()},
          {"config", setup.config_json},
          {"messages", setup.messages},
          {"time_limit_ns", setup.time_limit.count()}};
}

CheckResult result_of(const Check& check, const ChildRun& run, Duration limit) {
  CheckResult result;
  result.check = &check;
  result.verdict = CheckResult::Verdict::fail;
  const auto answer = nlohmann::json::parse(run.answer, nullptr, /*allow_exceptions=*/false);
  if (run.exit.clean() && run.end == ChildRun::End::itself && answer.is_object()) {
    result.detail = answer.value("detail", "");
    if (answer.value("passed", false)) result.verdict = CheckResult::Verdict::pass;
    return result;
  }
  result.detail = "the process of this check " + run.in_words(limit) + last_words(run.output);
  return result;
}

}  // namespace

std::vector<CheckResult> validate_plugin(const TrialSetup& setup,
                                         const std::vector<const Check*>& checks,
                                         const std::function<void(const CheckResult&)>& tell) {
  std::vector<CheckResult> results;
  for (const Check* check : checks) {
    ChildSpec spec;
    spec.command = kCheckCommand;
    const MonotonicTime begin = system_clock().now();
    const Duration limit = setup.time_limit + kMargin;
    const ChildRun run = run_child(spec, request_of(setup, *check).dump(), limit);
    CheckResult result = result_of(*check, run, limit);
    result.seconds = std::chrono::duration<double>(system_clock().now() - begin).count();
    tell(result);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace tidegate::workbench
