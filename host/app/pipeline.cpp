// SPDX-License-Identifier: Apache-2.0
#include "host/app/pipeline.hpp"

#include <utility>

#include "host/app/pipeline_parts.hpp"
#include "host/base/log.hpp"

namespace tidegate {
namespace {

// How long a pause waits for the poll threads; they are awake at once unless a broker holds them.
constexpr Duration kObeyed = std::chrono::seconds(1);

bool stands_still(const metrics::ConsumerSnapshot& totals) {
  using Reason = metrics::PauseReason;
  const auto partitions = [&](Reason why) {
    return totals.paused_partitions[static_cast<std::size_t>(why)];
  };
  return partitions(Reason::stalled) + partitions(Reason::unreadable) > 0;
}

std::uint64_t committed(const metrics::ConsumerSnapshot& totals) {
  return totals.transactions[static_cast<std::size_t>(metrics::TransactionResult::committed)];
}

}  // namespace

Pipeline::Pipeline(PipelineDefinition definition, const std::filesystem::path& state_dir,
                   PluginMetrics& plugin_metrics, TopicAdmin& admin)
    : parts_(std::make_unique<Parts>(std::move(definition), state_dir, plugin_metrics, admin)) {}

Pipeline::~Pipeline() = default;

void Pipeline::start() {
  parts_->slots.start();
  parts_->swap_thread.start();
  for (const auto& consumer : parts_->consumers) consumer->start();
  parts_->started = true;
}

void Pipeline::request_stop(MonotonicTime deadline) {
  parts_->stop_requested = true;
  parts_->swap_thread.request_stop();
  for (const auto& consumer : parts_->consumers) consumer->request_stop(deadline);
}

void Pipeline::tend(MonotonicTime now) {
  if (parts_->stop_requested || failure().empty()) return;
  log::info("pipeline_stopping",
            "a consumer has failed for good: the pipeline's other consumers stop, too",
            {{"pipeline", parts_->config.name},
             {"drain_timeout_ms", parts_->config.drain_timeout.count()}});
  request_stop(now + parts_->config.drain_timeout);
}

// Of the first consumer that ended by itself; empty: none did.
std::string Pipeline::failure() const {
  if (!parts_->started) return {};
  for (const auto& consumer : parts_->consumers) {
    if (consumer->done() && !consumer->failure().empty()) return consumer->failure();
  }
  return {};
}

bool Pipeline::runs() const {
  return parts_->started && !parts_->stop_requested && failure().empty();
}

void Pipeline::wake_consumers() {
  for (const auto& consumer : parts_->consumers) consumer->look_again();
}

bool Pipeline::pause() {
  if (!runs()) return false;
  parts_->pause.pause();
  wake_consumers();
  const bool held = parts_->pause.wait_held(system_clock().now() + kObeyed);
  log::info("pipeline_paused", "an operator paused the pipeline: no handler call starts any more",
            {{"pipeline", parts_->config.name}, {"obeyed", held}});
  return true;
}

bool Pipeline::resume() {
  if (!runs()) return false;
  const bool by_operator = parts_->pause.paused();
  const bool by_limiter = parts_->limiter.tripped();
  parts_->pause.resume();
  parts_->limiter.resume();
  wake_consumers();
  log::info("pipeline_resumed", "an operator resumed the pipeline; the limiter's window is empty",
            {{"pipeline", parts_->config.name},
             {"was_paused_by_operator", by_operator},
             {"was_paused_by_limiter", by_limiter}});
  return true;
}

std::optional<std::future<ReloadResult>> Pipeline::prove(HotSwap::Asked plugin) {
  if (!runs()) return std::nullopt;
  return parts_->swap_thread.prove(std::move(plugin));
}

std::optional<std::future<ReloadResult>> Pipeline::reload(HotSwap::Asked plugin,
                                                          HotSwap::Proof proof) {
  if (!runs()) return std::nullopt;
  return parts_->swap_thread.reload(std::move(plugin), proof);
}

bool Pipeline::wait_stopped(MonotonicTime until) {
  for (const auto& consumer : parts_->consumers) {
    if (!consumer->wait_done(until)) return false;
  }
  if (!parts_->joined && !parts_->swap_thread.wait_stopped(until)) return false;
  if (parts_->joined.exchange(true)) return true;
  for (const auto& consumer : parts_->consumers) consumer->join();
  parts_->slots.join();
  if (!parts_->started) return true;
  const metrics::ConsumerSnapshot totals = snapshot().totals;
  std::uint64_t consumed = 0;
  for (const auto& topic : totals.topics) consumed += topic.consumed;
  log::info("pipeline_summary", "the pipeline is stopped",
            {{"pipeline", parts_->config.name},
             {"consumed", consumed},
             {"in_flight", totals.in_flight},
             {"commits", totals.commits_ok},
             {"transactions", committed(totals)},
             {"first_message_ns", totals.first_message_ns},
             {"last_commit_ns", totals.last_advance_ns}});
  return true;
}

PipelineDefinition Pipeline::definition() const {
  const HotSwap::Version& version = parts_->swap.current();
  PipelineDefinition definition{parts_->config, version.facts, parts_->swap.last_good(),
                                parts_->pause.paused()};
  definition.config.plugin = version.plugin;
  return definition;
}

void Pipeline::log_stuck() const {
  for (std::size_t i = 0; i < parts_->consumers.size(); ++i) {
    if (parts_->consumers[i]->done()) continue;
    log::error("consumer_stuck", "a consumer has not come to its end",
               {{"pipeline", parts_->config.name},
                {"consumer", i},
                {"doing", parts_->consumers[i]->doing()}});
  }
  if (!parts_->swap_thread.wait_stopped(MonotonicTime{})) {
    log::error("reload_stuck", "a version of the plugin is still being loaded, created or ended",
               {{"pipeline", parts_->config.name}});
  }
  const MonotonicTime now = system_clock().now();
  for (const CallInfo& call : parts_->slots.running()) {
    log::error("handler_stuck",
               "a handler call has not returned; its message is not committed and comes again",
               {{"pipeline", parts_->config.name},
                {"topic", call.source->topic},
                {"partition", call.source->partition.value},
                {"offset", call.offset.value},
                {"duration_seconds", std::chrono::duration<double>(now - call.started).count()}});
  }
}

metrics::PipelineSnapshot Pipeline::snapshot() const {
  using State = metrics::PipelineState;
  metrics::PipelineSnapshot snapshot;
  snapshot.name = parts_->config.name;
  snapshot.group_id = parts_->config.group_id;
  parts_->swap.add_to(snapshot);
  for (const auto& consumer : parts_->consumers)
    metrics::add(snapshot.totals, consumer->snapshot());
  parts_->slots.add_to(snapshot);
  snapshot.handlers_past_soft_timeout = parts_->watch.soft_passed();
  snapshot.handlers_past_timeout = parts_->watch.hard_passed();
  snapshot.failure = failure();
  snapshot.paused_by_limiter = parts_->limiter.tripped();
  snapshot.paused_by_operator = parts_->pause.paused();
  snapshot.state = State::starting;
  if (!parts_->started) return snapshot;
  if (!snapshot.failure.empty()) snapshot.state = State::failed;
  else if (parts_->all_done()) snapshot.state = State::stopped;
  else if (parts_->stop_requested) snapshot.state = State::draining;
  else if (snapshot.paused_by_limiter || snapshot.paused_by_operator)
    snapshot.state = State::paused;
  else if (snapshot.totals.has_assignment)
    snapshot.state = stands_still(snapshot.totals) ? State::stalled : State::running;
  return snapshot;
}

const config::Pipeline& Pipeline::config() const { return parts_->config; }

}  // namespace tidegate
