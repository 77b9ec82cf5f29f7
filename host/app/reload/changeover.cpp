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

// What it is next. change: what is wanted is to come; put_back: what ran before is to come again,
// as what came has not run; watched: it was started.
enum class Changeover::Stage : std::uint8_t { change, put_back, watched, over };

struct Changeover::Step {
  Wanted wanted;
  Stage stage = Stage::change;
  std::optional<PipelineDefinition> before{};  // what ran, and is put back
  bool paused_by_operator = false;             // as it was last, whatever ran then
  MonotonicTime until{};                       // it drains, or is watched
  ChangedPipeline result{};

  [[nodiscard]] bool is_due() const { return stage == Stage::change || stage == Stage::put_back; }
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
  const auto is_over = [](const Step& step) { return step.stage == Stage::over; };
  while (!std::all_of(steps.begin(), steps.end(), is_over)) round(steps);
  for (Step& step : steps) {
    tell(step.result);
    results.push_back(std::move(step.result));
  }
  return results;
}

// All that end are ended before anything starts, of what falls back, too.
void Changeover::round(std::vector<Step>& steps) {
  for (Step& step : steps) {
    if (step.is_due()) ask_to_stop(step);
  }
  for (Step& step : steps) {
    if (step.is_due()) end(step);
  }
  for (Step& step : steps) {
    if (step.is_due()) begin(step);
  }
  const MonotonicTime look = monotonic() + kLook;
  for (Step& step : steps) {
    if (step.stage == Stage::watched) watch(step, look);
  }
}

void Changeover::ask_to_stop(Step& step) {
  const auto pipeline = pipelines_.find(step.wanted.pipeline);
  if (!pipeline) return;
  const auto patience = pipeline->config().drain_timeout;
  step.until = monotonic() + patience;
  log::info("pipeline_changing", "a reload changes the pipeline: it drains",
            {{"pipeline", step.wanted.pipeline}, {"drain_timeout_ms", patience.count()}});
  pipeline->request_stop(step.until);
}

// What made it; empty: it was not there, or does not end, and then the step is over.
std::optional<PipelineDefinition> Changeover::take_out(Step& step) {
  auto pipeline = pipelines_.find(step.wanted.pipeline);
  if (!pipeline) return std::nullopt;
  if (!wait_stopped(*pipeline, step.until + Pipeline::kCloseGrace)) {
    if (!pipelines_.closed()) pipeline->log_stuck();
    does_not_run(
        step,
        "it has not stopped within its drain_timeout (a handler call has not returned?) and "
        "is left as it is; reload again when it has, or restart the host");
    give_up(step);
    return std::nullopt;
  }
  PipelineDefinition definition = pipeline->definition();
  pipeline.reset();
  pipelines_.take_out(step.wanted.pipeline);
  return definition;
}

void Changeover::end(Step& step) {
  std::optional<PipelineDefinition> ended = take_out(step);
  if (ended) step.paused_by_operator = ended->paused_by_operator;
  if (step.stage != Stage::change) return;
  step.before = std::move(ended);
  if (step.wanted.config) return;
  pipelines_.erase(step.wanted.pipeline);
  step.result.what = ChangeResult::removed;
  step.stage = Stage::over;
}

void Changeover::begin(Step& step) {
  PipelineDefinition next;
  if (step.stage == Stage::change) {
    next.config = *step.wanted.config;
    next.plugin = step.wanted.plugin;
    if (step.before) next.last_good = step.before->last_good;
    step.result.what = step.before ? ChangeResult::changed : ChangeResult::added;
  } else {
    if (!step.before) return give_up(step);
    next = *std::exchange(step.before, std::nullopt);
    step.result.what = ChangeResult::rolled_back;
  }
  next.paused_by_operator = step.paused_by_operator;
  step.result.runs = next.config;
  const std::string problem = start(std::move(next));
  if (!problem.empty()) return does_not_run(step, problem);
  step.stage = Stage::watched;
  step.until = monotonic() + kSettles;
}

// Why it does not run; empty: it was started.
std::string Changeover::start(PipelineDefinition definition) {
  const std::string name = definition.config.name;
  if (pipelines_.closed()) return kHostStops;
  if (std::string taken = group_is_taken(definition.config); !taken.empty()) return taken;
  try {
    pipelines_.put(make_(std::move(definition)));
    if (pipelines_.start(name)) return {};
    pipelines_.take_out(name);
    return kHostStops;
  } catch (const std::exception& error) {
    return error.what();
  }
}

// One configuration has no two pipelines on a group of a cluster, but here two are mixed: its owner
// may be one that did not end, or, for what falls back, one that has got its group meanwhile.
std::string Changeover::group_is_taken(const config::Pipeline& wanted) const {
  for (const auto& pipeline : pipelines_.all()) {
    const config::Pipeline& other = pipeline->config();
    if (other.group_id == wanted.group_id && other.cluster.name == wanted.cluster.name)
      return "group \"" + wanted.group_id + "\" is that of pipeline " + other.name + " now";
  }
  return {};
}

// Waits a little, sooner where it ends.
void Changeover::watch(Step& step, MonotonicTime look) {
  const auto pipeline = pipelines_.find(step.wanted.pipeline);
  (void)pipeline->wait_stopped(look);
  const metrics::PipelineSnapshot seen = pipeline->snapshot();
  if (seen.state == metrics::PipelineState::failed) return does_not_run(step, seen.failure);
  if (seen.totals.has_assignment || pipelines_.closed() || monotonic() >= step.until)
    step.stage = Stage::over;
}

void Changeover::does_not_run(Step& step, const std::string& why) {
  std::string& all = step.result.why;
  all += (all.empty() ? "" : "; then: ") + why;
  step.stage = Stage::put_back;
}

void Changeover::give_up(Step& step) {
  step.stage = Stage::over;
  step.result.what = ChangeResult::failed;
  if (pipelines_.closed()) step.result.why = kHostStops;
  else pipelines_.fail(step.wanted.pipeline, step.result.why);
}

// True when it is stopped. False at the time given, or as soon as the host waits for it instead.
bool Changeover::wait_stopped(Pipeline& pipeline, MonotonicTime until) const {
  while (!pipeline.wait_stopped(std::min(monotonic() + kLook, until))) {
    if (pipelines_.closed() || monotonic() >= until) return false;
  }
  return true;
}

}  // namespace tidegate
