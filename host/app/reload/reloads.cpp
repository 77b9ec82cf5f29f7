// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/reloads.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/app/reload/plugin_answers.hpp"
#include "host/base/log.hpp"
#include "host/base/thread_name.hpp"

namespace tidegate {
namespace {

constexpr const char* kStopsUnchanged = "the host stops; nothing has changed";

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// The definition of what does not run: it differs from whatever is wanted, so that a reload tries
// that pipeline again, and tells by its name that it is there.
config::Pipeline nothing(const std::string& name) {
  config::Pipeline pipeline;
  pipeline.name = name;
  return pipeline;
}

}  // namespace

Reloads::Reloads(config::Host running, Reread reread, PipelineSet& pipelines, Changeover::Make make)
    : running_(std::move(running)),
      reread_(std::move(reread)),
      pipelines_(pipelines),
      changeover_(pipelines, std::move(make)),
      last_applied_unix_seconds_(unix_seconds()) {}

Reloads::~Reloads() { request_stop(); }

void Reloads::start() {
  const MutexLock lock(mutex_);  // where there is no thread to be had, it has still ended
  thread_ = std::jthread([this] {
    set_thread_name("reload");
    run();
  });
  ended_ = false;
}

std::future<ReloadReport> Reloads::begin_all() {
  std::promise<ReloadReport> answer;
  std::future<ReloadReport> report = answer.get_future();
  const MutexLock lock(mutex_);
  if (stopping_) {
    answer.set_value({.rejected = {kStopsUnchanged}});
    return report;
  }
  waiting_.push_back(std::move(answer));
  changed_.notify_all();
  return report;
}

void Reloads::request_stop() {
  const MutexLock lock(mutex_);
  stopping_ = true;
  for (auto& answer : waiting_) answer.set_value({.rejected = {kStopsUnchanged}});
  waiting_.clear();
  changed_.notify_all();
}

bool Reloads::wait_stopped(MonotonicTime until) {
  const MutexLock lock(mutex_);
  return changed_.wait_until(mutex_, until, [this]() TIDEGATE_REQUIRES(mutex_) { return ended_; });
}

void Reloads::run() {
  while (true) {
    Waiting answers = next();
    if (answers.empty()) break;
    const ReloadReport report = all();
    for (auto& answer : answers) answer.set_value(report);
  }
  const MutexLock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

// Empty: it stops.
Reloads::Waiting Reloads::next() {
  const MutexLock lock(mutex_);
  changed_.wait(mutex_,
                [this]() TIDEGATE_REQUIRES(mutex_) { return stopping_ || !waiting_.empty(); });
  return std::exchange(waiting_, {});
}

ReloadReport Reloads::all() {
  ReloadReport report;
  config::LoadResult wanted;
  if (reread_) wanted = reread_();
  else wanted.host = running_;
  check_keys(wanted, report);
  Proved proved;
  if (report.rejected.empty()) proved = try_plugins(wanted, report);
  if (pipelines_.closed())
    report.rejected = {kStopsUnchanged};  // its pipelines refuse everything then
  if (report.rejected.empty()) put_in(*wanted.host, proved, report);
  tell(report);
  return report;
}

ReloadReport Reloads::one(const std::string& name) {
  std::optional<std::future<ReloadResult>> answer;
  if (const auto pipeline = pipelines_.find(name)) answer = pipeline->reload(std::nullopt);
  if (!answer) return {.not_running = {name}};
  PluginAnswers answers;
  answers.add(name, std::move(*answer));
  return {.pipelines = answers.wait()};
}

void Reloads::check_keys(const config::LoadResult& wanted, ReloadReport& report) const {
  if (!wanted.host) {
    for (const config::Finding& finding : wanted.findings)
      report.rejected.push_back(config::render(finding));
    report.rejected.emplace_back("the configuration was not taken; nothing has changed");
    return;
  }
  const auto keys = keys_that_need_a_restart(running_, *wanted.host);
  if (keys.empty()) return;
  std::string text =
      "these keys differ from the configuration that runs, and only a restart takes them:";
  for (const std::string& key : keys) text += "\n  " + key;
  report.rejected.push_back(std::move(text));
  report.rejected.emplace_back(
      "nothing has changed; restart the host, or put those keys back (tidegate reload PIPELINE "
      "reloads a plugin alone)");
}

// All of them before any pipeline is touched, so that a deployment of several is not done by half.
Reloads::Proved Reloads::try_plugins(const config::LoadResult& wanted, ReloadReport& report) const {
  PluginAnswers answers;
  for (const config::Pipeline& config : wanted.host->pipelines) {
    std::optional<std::future<ReloadResult>> answer;
    if (const auto runs = pipelines_.find(config.name)) answer = runs->prove(config.plugin);
    answers.add(config.name,
                answer ? std::move(*answer) : prove_plugin(config, running_.state_dir));
  }
  const PluginAnswers::Results results = answers.wait();
  Proved proved;
  for (std::size_t place = 0; place < results.size(); ++place) {
    const auto& [pipeline, result] = results[place];
    if (result.proved) proved.emplace(pipeline, *result.proved);
    if (result.what != metrics::PluginReload::refused) continue;
    if (place >= wanted.plugin_places.size()) {
      report.rejected.push_back("pipeline " + pipeline + ": " + result.problem);
      continue;
    }
    config::Finding finding = wanted.plugin_places[place];
    finding.message = result.problem;
    report.rejected.push_back(config::render(finding));
  }
  if (!report.rejected.empty())
    report.rejected.emplace_back("no plugin was put in; nothing has changed");
  return proved;
}

std::vector<PipelineDiff> Reloads::differences(const config::Host& wanted) const {
  std::vector<config::Pipeline> running = running_.pipelines;
  for (config::Pipeline& pipeline : running) {
    const auto there = pipelines_.find(pipeline.name);
    if (!there || !there->runs()) pipeline = nothing(pipeline.name);
  }
  return pipelines_that_differ(running, wanted.pipelines);
}

void Reloads::put_in(const config::Host& wanted, const Proved& proved, ReloadReport& report) {
  PluginAnswers answers;
  std::vector<Changeover::Wanted> changes;
  for (const PipelineDiff& diff : differences(wanted)) {
    const config::Pipeline* const config = find_pipeline(wanted.pipelines, diff.pipeline);
    if (diff.what != PipelineDifference::kept) {
      changes.push_back({.pipeline = diff.pipeline});
      if (config) changes.back().config = *config;
      if (const auto plugin = proved.find(diff.pipeline); plugin != proved.end())
        changes.back().plugin = plugin->second;
      continue;
    }
    std::optional<std::future<ReloadResult>> answer;
    if (const auto kept = pipelines_.find(diff.pipeline))
      answer = kept->reload(config->plugin, HotSwap::Proof::made);
    if (answer) answers.add(diff.pipeline, std::move(*answer));
    else report.not_running.push_back(diff.pipeline);
  }
  report.changed = changeover_.run(std::move(changes));
  report.pipelines = answers.wait();
  now_runs(wanted, report);
}

// What later reloads are compared to.
void Reloads::now_runs(const config::Host& wanted, const ReloadReport& report) {
  running_.pipelines = wanted.pipelines;
  for (const ChangedPipeline& changed : report.changed) {
    const auto place = std::find_if(
        running_.pipelines.begin(), running_.pipelines.end(),
        [&](const config::Pipeline& pipeline) { return pipeline.name == changed.pipeline; });
    if (changed.what == ChangeResult::rolled_back) *place = *changed.runs;
    // It was to go, and is still there.
    if (changed.what == ChangeResult::failed && place == running_.pipelines.end())
      running_.pipelines.push_back(nothing(changed.pipeline));
  }
}

void Reloads::tell(const ReloadReport& report) {
  const std::string why = problems_of(report);
  last_applied_ = why.empty();
  if (why.empty()) {
    ++applied_;
    last_applied_unix_seconds_ = unix_seconds();
    log::info("config_reloaded", "the configuration was read again and taken", {});
  } else if (!report.rejected.empty()) {
    ++rejected_;
    log::error("config_rejected", "a reload changed nothing", {{"error", why}});
  } else {
    ++rolled_back_;
    log::error("config_rolled_back", "a reload was taken, but not for every pipeline",
               {{"error", why}});
  }
}

void Reloads::add_to(metrics::HostSnapshot& snapshot) const {
  snapshot.config_loaded_unix_seconds = last_applied_unix_seconds_;
  snapshot.config_last_applied = last_applied_;
  snapshot.config_reloads_applied = applied_;
  snapshot.config_reloads_rejected = rejected_;
  snapshot.config_reloads_rolled_back = rolled_back_;
}

}  // namespace tidegate
