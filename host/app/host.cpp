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

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

MonotonicTime monotonic() { return system_clock().now(); }

}  // namespace

Host::Host(config::Host config, std::unique_ptr<TopicAdmin> topics, Reloads::Reread reread)
    : config_(std::move(config)),
      start_unix_seconds_(unix_seconds()),
      plugin_metrics_(std::make_unique<PluginMetrics>()),
      topics_(std::move(topics)),
      pipelines_(*plugin_metrics_) {
  prepare_state_dir(config_.state_dir);
  control_socket_ = std::make_unique<ControlSocket>(config_.state_dir);
  load_pipelines();
  reloads_ = std::make_unique<Reloads>(
      config_, std::move(reread), pipelines_,
      [this](PipelineDefinition definition) { return make_pipeline(std::move(definition)); });
  serve();
}

void Host::serve() {
  using Lifecycle = AdminService::Lifecycle;
  AdminService service{
      [this] { return snapshot(); },
      [this](const std::string& pipeline, PipelineChange what) { return change(pipeline, what); },
      [this](const std::optional<std::string>& pipeline) {
        return answer_of(pipeline ? reloads_->one(*pipeline) : reloads_->begin_all().get());
      },
      config_.enable_lifecycle ? Lifecycle::allowed : Lifecycle::refused};
  admin_ = std::make_unique<AdminServer>(config_.admin_listen, service);
  service.lifecycle = Lifecycle::allowed;  // who may open the socket's file may do that
  control_ = std::make_unique<AdminServer>(*control_socket_, std::move(service));
}

// [admin]
bool Host::change(const std::string& name, PipelineChange change) {
  const auto pipeline = pipelines_.find(name);
  if (draining_ || !pipeline) return false;
  return change == PipelineChange::pause ? pipeline->pause() : pipeline->resume();
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
    pipelines_.put(make_pipeline({.config = pipeline}));
  });
}

// [main], then [reload]
std::unique_ptr<Pipeline> Host::make_pipeline(PipelineDefinition definition) {
  return std::make_unique<Pipeline>(std::move(definition), config_.state_dir, *plugin_metrics_,
                                    *topics_);
}

void Host::start_pipelines() {
  log::info("host_starting", "starting the pipelines",
            {{"version", version()},
             {"pipelines", config_.pipelines.size()},
             {"admin", admin_address()},
             {"control", control_socket_->path().string()},
             {"state_dir", config_.state_dir.string()}});
  for (const config::Pipeline& pipeline : config_.pipelines) (void)pipelines_.start(pipeline.name);
  reloads_->start();
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
    for (const auto& pipeline : pipelines_.all()) pipeline->tend(monotonic());
    const PipelineSet::Pictures pictures = pipelines_.pictures();
    observe(pictures.pipelines);
    switch (judge(pictures, until)) {
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
  const MonotonicTime end = deadline + Pipeline::kCloseGrace;
  log::info("draining", "stopping the pipelines",
            {{"shutdown_timeout_ms", config_.shutdown_timeout.count()}});
  pipelines_.close();
  reloads_->request_stop();
  for (const auto& pipeline : pipelines_.all()) pipeline->request_stop(deadline);
  // First: it may be about to destroy one of them.
  const bool none_changes = wait_for_reload(end, observe);
  std::vector<PipelineSet::Shared> left = pipelines_.all();
  while (!left.empty() && monotonic() < end) {
    if (left.back()->wait_stopped(monotonic() + kLook)) left.pop_back();
    observe(pipelines_.pictures().pipelines);
  }
  std::erase_if(left, [](const auto& pipeline) { return pipeline->wait_stopped(monotonic()); });
  for (const auto& pipeline : left) {
    log::error("drain_timeout",
               "the pipeline did not stop in time; what is not committed comes again",
               {{"pipeline", pipeline->config().name}});
    pipeline->log_stuck();
  }
  const bool stopped = left.empty() && none_changes;
  if (stopped) log::info("host_stopped", "all pipelines are stopped");
  return stopped;
}

bool Host::wait_for_reload(MonotonicTime until, const Observer& observe) {
  while (!reloads_->wait_stopped(std::min(monotonic() + kLook, until))) {
    observe(pipelines_.pictures().pipelines);
    if (monotonic() < until) continue;
    log::error("drain_timeout", "a reload has not come to its end; is a plugin being created?");
    return false;
  }
  return true;
}

metrics::HostSnapshot Host::snapshot() const {
  metrics::HostSnapshot host;
  host.start_unix_seconds = start_unix_seconds_;
  reloads_->add_to(host);
  host.draining = draining_;
  host.partition_labels = config_.partition_labels;
  host.pipelines = pipelines_.pictures().pipelines;
  host.plugin_families = plugin_metrics_->collect();
  for (const auto& pipeline : host.pipelines)
    host.plugin_series_rejected[pipeline.name] = plugin_metrics_->rejected(pipeline.name);
  return host;
}

}  // namespace tidegate
