// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/process_isolation.hpp"

#include <utility>

#include "host/handle/plugin/lent_copy.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/worker/remote_slot.hpp"

namespace tidegate {
namespace {

log::Level most_detailed_level() {
  for (const auto level : {log::Level::debug, log::Level::info, log::Level::warn}) {
    if (log::enabled(level)) return level;
  }
  return log::Level::error;
}

WorkerSetup setup_of(const PluginFacts& plugin, const config::Pipeline& pipeline,
                     const CallPolicy& policy) {
  WorkerSetup setup;
  setup.pipeline = pipeline.name;
  setup.library = plugin.copy.string();
  setup.sha256 = plugin.sha256;
  setup.config_json = pipeline.plugin.config_json;
  setup.slots = pipeline.concurrency;
  setup.policy = policy;
  setup.log_level = static_cast<std::int32_t>(most_detailed_level());
  setup.memory_bytes = pipeline.worker.memory_bytes;
  setup.cpu_seconds = pipeline.worker.cpu_seconds;
  setup.core_dumps = pipeline.worker.core_dumps;
  setup.user = worker_user(pipeline);
  return setup;
}

}  // namespace

ProcessIsolation::ProcessIsolation(const PluginFacts& plugin, const config::Pipeline& pipeline,
                                   PluginMetrics& plugin_metrics, const Clock& clock)
    : policy_(call_policy(pipeline)),
      clock_(clock),
      slots_(pipeline.concurrency),
      log_(pipeline.name, plugin.identity.name, plugin.identity.version) {
  WorkerSetup setup = setup_of(plugin, pipeline, policy_);
  const WorkerDeadlines deadlines{pipeline.plugin.probe_timeout, pipeline.handler_timeout};
  try {
    supervisor_ = std::make_unique<WorkerSupervisor>(std::move(setup), deadlines,
                                                     WorkerEars{log_, plugin_metrics});
  } catch (const std::runtime_error& error) {
    throw PluginRefused(plugin.path, RefusedReason::create_failed,
                        "its worker process did not become ready: " + std::string(error.what()),
                        "correct plugin.config of the pipeline, or what the reason names");
  }
}

std::vector<std::unique_ptr<ChunkWorker>> ProcessIsolation::make_slots() {
  std::vector<std::unique_ptr<ChunkWorker>> slots;
  for (std::uint32_t i = 0; i < slots_; ++i)
    slots.push_back(std::make_unique<RemoteSlot>(*supervisor_, i, policy_, clock_));
  return slots;
}

}  // namespace tidegate
