// SPDX-License-Identifier: Apache-2.0
#include "host/app/pipeline_parts.hpp"

#include <algorithm>
#include <utility>

namespace tidegate {
namespace {

constexpr Duration kLagInterval = std::chrono::seconds(1);
// Longer than a leader election and than any wait of the client's before it tries again.
constexpr Duration kStalledAfter = std::chrono::seconds(30);

DispatchPolicy dispatch_policy(const config::Pipeline& config, const SlotPool& slots) {
  DispatchPolicy policy;
  policy.slots = slots.slots();
  // Two chunks a slot, so that none waits for the poll thread between two of them.
  policy.max_chunks = std::max(2U, (2 * slots.slots() + config.consumers - 1) / config.consumers);
  policy.batch_messages = slots.plugin().get()->batch_messages;
  policy.batch_wait = config.batch.max_wait;
  return policy;
}

// The consumers of the sources share the bounds with the one of the retry topics, which gets a
// quarter; a sixteenth where it can only drain what an earlier configuration left.
FlowBounds share_of_bounds(const config::Pipeline& config, Reads reads) {
  const auto share = [&](std::uint64_t whole) {
    const std::uint64_t part = whole / (config.retry.mode == config::RetryMode::topic ? 4 : 16);
    const std::uint64_t its =
        reads == Reads::retry_topics ? part : (whole - part) / config.consumers;
    return std::max<std::uint64_t>(its, 1);
  };
  return {share(config.max_in_flight_messages), share(config.max_in_flight_bytes)};
}

}  // namespace

Pipeline::Parts::Parts(PipelineDefinition definition, const std::filesystem::path& state_dir,
                       PluginMetrics& plugin_metrics, TopicAdmin& admin)
    : config(std::move(definition.config)),
      plugins(config, state_dir, plugin_metrics, system_clock()),
      first_plugin(definition.plugin ? *std::move(definition.plugin) : plugins.read(config.plugin)),
      slots(plugins.make(1, first_plugin, config.plugin), system_clock()),
      watch(config.name, config.handler_soft_timeout, config.handler_timeout),
      limiter(config.dead_letter.max_ratio, config.dead_letter.max_consecutive),
      pause(config.consumers + 1),
      topics(config, admin),
      swap(config, first_plugin, slots, plugins, limiter, system_clock(),
           std::move(definition.last_good)),
      swap_thread(swap) {
  if (definition.paused_by_operator) pause.pause();
  if (config.isolation == config::Isolation::process)
    limiter.limit_crashes(config.worker.max_crashing_messages, config.worker.crash_window);
  for (std::uint32_t i = 0; i <= config.consumers; ++i) {
    const Reads reads = i < config.consumers ? Reads::sources : Reads::retry_topics;
    // One poll thread looks at the slots' deadlines for all.
    std::function<void(MonotonicTime)> every_tick;
    if (i == 0) every_tick = [this](MonotonicTime now) { watch.check(slots.running(), now); };
    consumers.push_back(std::make_unique<Consumer>(ConsumerSetup{
        config, i, reads, system_clock(), slots.queue(), dispatch_policy(config, slots),
        share_of_bounds(config, reads), history, topics, limiter, pause, slots.plugin(),
        kLagInterval, kStalledAfter, std::move(every_tick)}));
  }
}

bool Pipeline::Parts::all_done() const {
  return std::all_of(consumers.begin(), consumers.end(), [](const auto& c) { return c->done(); });
}

}  // namespace tidegate
