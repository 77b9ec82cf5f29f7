// SPDX-License-Identifier: Apache-2.0
#include "host/app/host.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/app/signals.hpp"
#include "host/app/state_dir.hpp"
#include "host/base/log.hpp"
#include "host/base/version.hpp"
#include "host/handle/plugin/plugin_metrics.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/plugin/probe.hpp"

namespace tidegate {
namespace {

// How often the pipelines are looked at.
constexpr auto kLook = std::chrono::milliseconds(100);
// What committing and leaving the group may take once the drain deadline has passed.
constexpr auto kCloseGrace = std::chrono::seconds(5);

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

MonotonicTime monotonic() { return system_clock().now(); }

}  // namespace

Host::Host(config::Host config, std::unique_ptr<TopicAdmin> topics, Reloads::Reread reread)
    : config_(std::move(config)),
      start_unix_seconds_(unix_seconds()),
      plugin_metrics_(std::make_unique<PluginMetrics>()),
      topics_(std::move(topics)) {
  prepare_state_dir(config_.state_dir);
  control_socket_ = std::make_unique<ControlSocket>(config_.state_dir);
  load_pipelines();
  reloads_ = std::make_unique<Reloads>(config_, std::move(reread), pipelines_);
  serve();
}

void Host::serve() {
  using Lifecycle = AdminService::Lifecycle;
  AdminService service{
      [this] { return snapshot(); },
      [this](const std::string& pipeline, PipelineChange what) { return change(pipeline, what); },
      [this](const std::optional<std::string>& pipeline) {
        return answer_of(pipeline ? reloads_->one(*pipeline) : reloads_->all());
      },
      config_.enable_lifecycle ? Lifecycle::allowed : Lifecycle::refused};
  admin_ = std::make_unique<AdminServer>(config_.admin_listen, service);
  service.lifecycle = Lifecycle::allowed;  // who may open the socket's file may do that
  control_ = std::make_unique<AdminServer>(*control_socket_, std::move(service));
}

// [admin]
bool Host::change(const std::string& name, PipelineChange change) {
  const auto pipeline =
      std::find_if(pipelines_.begin(), pipelines_.end(),
                   [&](const auto& candidate) { return candidate->config().name == name; });
  if (draining_ || pipeline == pipelines_.end()) return false;
  return change == PipelineChange::pause ? (*pipeline)->pause() : (*pipeline)->resume();
}

Host::~Host() = default;

// Of all of them, so that one start shows every refusal.
void Host::for_each_plugin(const std::function<void(const config::Pipeline&)>& step) {
  std::string text;
  std::vector<HostRefused::Refusal> refusals;
  for (std::size_t i = 0; i < config_.pipelines.size(); ++i) {
    const config::Pipeline& pipeline = config_.pipelines[i];
    try {
      step(pipeline);
    } catch (const PluginRefused& error) {
      refusals.push_back({i, error.reason(), error.what()});
      text += (text.empty() ? "pipeline " : "\npipeline ") + pipeline.name + ": " + error.what();
    }
  }
  if (!refusals.empty()) throw HostRefused(text, std::move(refusals));
}

// No code of any plugin runs in this process before each has shown in one of its own that it can.
void Host::load_pipelines() {
  for_each_plugin(
      [this](const config::Pipeline& pipeline) { probe_plugin(pipeline, config_.state_dir); });
  for_each_plugin([this](const config::Pipeline& pipeline) {
    pipelines_.push_back(
        std::make_unique<Pipeline>(pipeline, config_.state_dir, *plugin_metrics_, *topics_));
  });
}

void Host::start_pipelines() {
  log::info("host_starting", "starting the pipelines",
            {{"version", version()},
             {"pipelines", pipelines_.size()},
             {"admin", admin_address()},
             {"control", control_socket_->path().string()},
             {"state_dir", config_.state_dir.string()}});
  for (const auto& pipeline : pipelines_) {
    pipeline->start();
    started_.push_back(pipeline.get());
  }
}

Host::Ending Host::run(Signals& signals, RunUntil until, const Observer& observe) {
  try {
    start_pipelines();
  } catch (...) {
    // Those that run must be stopped before they are destroyed.
    if (!drain(observe)) return Ending::stuck;
    throw;
  }
  const Ending ending = watch(signals, until, observe);
  return drain(observe) ? ending : Ending::stuck;
}

Host::Ending Host::watch(Signals& signals, RunUntil until, const Observer& observe) const {
  while (!signals.wait_for_stop(monotonic() + kLook)) {
    if (signals.take_reload()) reloads_->begin_all();
    for (Pipeline* pipeline : started_) pipeline->tend(monotonic());
    const auto pipelines = pipeline_snapshots();
    observe(pipelines);
    switch (judge(pipelines, until)) {
      case Verdict::go_on: continue;
      case Verdict::caught_up: return Ending::caught_up;
      case Verdict::none_runs:
        log::error("no_pipeline_runs", "every pipeline has failed or stopped; the host ends");
        return Ending::none_runs;
    }
  }
  return Ending::stopped;
}

bool Host::drain(const Observer& observe) {
  draining_ = true;
  const MonotonicTime deadline = monotonic() + config_.shutdown_timeout;
  log::info("draining", "stopping the pipelines",
            {{"shutdown_timeout_ms", config_.shutdown_timeout.count()}});
  for (Pipeline* pipeline : started_) pipeline->request_stop(deadline);
  std::vector<Pipeline*> left = started_;
  while (!left.empty() && monotonic() < deadline + kCloseGrace) {
    if (left.back()->wait_stopped(monotonic() + kLook)) left.pop_back();
    observe(pipeline_snapshots());
  }
  std::erase_if(left, [](Pipeline* pipeline) { return pipeline->wait_stopped(monotonic()); });
  for (const Pipeline* pipeline : left) {
    log::error("drain_timeout",
               "the pipeline did not stop in time; what is not committed comes again",
               {{"pipeline", pipeline->config().name}});
    pipeline->log_stuck();
  }
  if (left.empty()) log::info("host_stopped", "all pipelines are stopped");
  return left.empty();
}

std::vector<metrics::PipelineSnapshot> Host::pipeline_snapshots() const {
  std::vector<metrics::PipelineSnapshot> snapshots;
  snapshots.reserve(pipelines_.size());
  for (const auto& pipeline : pipelines_) snapshots.push_back(pipeline->snapshot());
  return snapshots;
}

metrics::HostSnapshot Host::snapshot() const {
  metrics::HostSnapshot host;
  host.start_unix_seconds = start_unix_seconds_;
  reloads_->add_to(host);
  host.draining = draining_;
  host.partition_labels = config_.partition_labels;
  host.pipelines = pipeline_snapshots();
  host.plugin_families = plugin_metrics_->collect();
  for (const auto& pipeline : pipelines_) {
    const std::string& name = pipeline->config().name;
    host.plugin_series_rejected[name] = plugin_metrics_->rejected(name);
    // A refused plugin ends the start, so these are reloads.
    for (std::size_t reason = 0; reason < kRefusedReasonCount; ++reason) {
      host.plugin_load_failures.push_back(
          {name, std::string(kRefusedReasonNames[reason]),
           pipeline->plugins_refused(static_cast<RefusedReason>(reason))});
    }
  }
  return host;
}

}  // namespace tidegate
