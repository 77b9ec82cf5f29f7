// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/changeover.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "host/base/log.hpp"

namespace tidegate {
namespace {

// How often a wait looks whether the host is about to end.
constexpr auto kLook = std::chrono::milliseconds(100);
// What was started and has neither an assignment nor failed by then waits for its brokers, as at
// the host's start.
constexpr auto kSettles = std::chrono::seconds(15);
constexpr const char* kHostStops = "the host stops";

MonotonicTime monotonic() { return system_clock().now(); }

void tell(const ChangedPipeline& result) {
  if (result.why.empty()) {
    log::info("pipeline_changed", "a reload has changed the pipeline",
              {{"pipeline", result.pipeline}, {"result", name(result.what)}});
    return;
  }
  log::error("pipeline_change_failed",
             "a reload could not change the pipeline as the configuration says",
             {{"pipeline", result.pipeline}, {"result", name(result.what)}, {"error", result.why}});
}

}  // namespace

std::string_view name(ChangeResult result) {
  constexpr std::array<std::string_view, 5> kNames = {"changed", "added", "removed", "rolled_back",
                                                      "failed"};
  return kNames.at(static_cast<std::size_t>(result));
}

struct Changeover::Step {
  Wanted wanted;
  std::optional<PipelineDefinition> before{};  // what ran, and is put back
  MonotonicTime drained{};                     // until then
  std::string problem{};                       // why it could not be started
  bool over = false;                           // nothing is left to be done
  ChangedPipeline result{};
};

std::vector<ChangedPipeline> Changeover::run(std::vector<Wanted> all) {
  std::vector<ChangedPipeline> results;
  if (all.empty()) return results;
  const PipelineSet::Changing changing(pipelines_);
  std::vector<Step> steps;
  for (Wanted& wanted : all) {
    steps.push_back({.wanted = std::move(wanted)});
    steps.back().result.pipeline = steps.back().wanted.pipeline;
  }
  for (Step& step : steps) ask_to_stop(step);
  for (Step& step : steps) end(step);
  for (Step& step : steps) begin(step);
  for (Step& step : steps) {
    if (!step.problem.empty()) fall_back(step, step.problem);
  }
  for (Step& step : steps) settle(step);
  for (Step& step : steps) {
    tell(step.result);
    results.push_back(std::move(step.result));
  }
  return results;
}

void Changeover::ask_to_stop(Step& step) {
  const auto pipeline = pipelines_.find(step.wanted.pipeline);
  if (!pipeline) return;
  const auto patience = pipeline->config().drain_timeout;
  step.drained = monotonic() + patience;
  log::info("pipeline_changing", "a reload changes the pipeline: it drains",
            {{"pipeline", step.wanted.pipeline}, {"drain_timeout_ms", patience.count()}});
  pipeline->request_stop(step.drained);
}

// What made it; empty: it was not there, or does not end, and then the step is over.
std::optional<PipelineDefinition> Changeover::take_out(Step& step) {
  auto pipeline = pipelines_.find(step.wanted.pipeline);
  if (!pipeline) return std::nullopt;
  if (!wait_stopped(*pipeline, step.drained + Pipeline::kCloseGrace)) {
    if (!pipelines_.closed()) pipeline->log_stuck();
    fail(step,
         "it has not stopped within its drain_timeout (a handler call has not returned?) and is "
         "left as it is; reload again when it has, or restart the host");
    return std::nullopt;
  }
  PipelineDefinition definition = pipeline->definition();
  pipeline.reset();
  pipelines_.take_out(step.wanted.pipeline);
  return definition;
}

void Changeover::end(Step& step) {
  step.before = take_out(step);
  if (step.over || step.wanted.config) return;
  pipelines_.erase(step.wanted.pipeline);
  step.result.what = ChangeResult::removed;
  step.over = true;
}

void Changeover::begin(Step& step) {
  if (step.over) return;
  step.result.what = step.before ? ChangeResult::changed : ChangeResult::added;
  step.result.runs = step.wanted.config;
  step.problem = start({.config = *step.wanted.config,
                        .paused_by_operator = step.before && step.before->paused_by_operator});
}

// Why it does not run; empty: it was started.
std::string Changeover::start(PipelineDefinition definition) {
  const std::string name = definition.config.name;
  if (pipelines_.closed()) return kHostStops;
  try {
    pipelines_.put(make_(std::move(definition)));
    if (pipelines_.start(name)) return {};
    pipelines_.take_out(name);
    return kHostStops;
  } catch (const std::exception& error) {
    return error.what();
  }
}

void Changeover::settle(Step& step) {
  if (step.over) return;
  const std::string why = failure_until(step.wanted.pipeline, monotonic() + kSettles);
  if (why.empty()) return;
  fall_back(step, why);
  settle(step);
}

void Changeover::fall_back(Step& step, const std::string& why) {
  ask_to_stop(step);
  (void)take_out(step);  // of what failed after it was put in
  if (step.over) return;
  if (!step.before)
    return fail(step, step.result.why.empty() ? why : step.result.why + "; then: " + why);
  PipelineDefinition before = *std::exchange(step.before, std::nullopt);
  step.result.what = ChangeResult::rolled_back;
  step.result.why = why;
  step.result.runs = before.config;
  const std::string problem = start(std::move(before));
  if (!problem.empty()) fall_back(step, problem);
}

void Changeover::fail(Step& step, const std::string& why) {
  step.over = true;
  step.result.what = ChangeResult::failed;
  step.result.why = pipelines_.closed() ? kHostStops : why;
  if (!pipelines_.closed()) pipelines_.fail(step.wanted.pipeline, why);
}

// True when it is stopped. False at the time given, or as soon as the host waits for it instead.
bool Changeover::wait_stopped(Pipeline& pipeline, MonotonicTime until) const {
  while (!pipeline.wait_stopped(std::min(monotonic() + kLook, until))) {
    if (pipelines_.closed() || monotonic() >= until) return false;
  }
  return true;
}

// Why it has failed by then; empty: it runs, or still waits.
std::string Changeover::failure_until(const std::string& name, MonotonicTime until) const {
  const auto pipeline = pipelines_.find(name);
  while (true) {
    const metrics::PipelineSnapshot seen = pipeline->snapshot();
    if (seen.state == metrics::PipelineState::failed) return seen.failure;
    if (seen.totals.has_assignment || pipelines_.closed() || monotonic() >= until) return {};
    (void)pipeline->wait_stopped(monotonic() + kLook);  // sooner where it ends
  }
}

}  // namespace tidegate
