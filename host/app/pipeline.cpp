// SPDX-License-Identifier: Apache-2.0
#include "host/app/pipeline.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <vector>

#include "host/base/log.hpp"
#include "host/consume/consumer.hpp"
#include "host/handle/deadline_watch.hpp"
#include "host/handle/slot_pool.hpp"

namespace tidegate {
namespace {

constexpr Duration kLagInterval = std::chrono::seconds(1);
// Longer than a leader election and than any wait of the client's before it tries again.
constexpr Duration kStalledAfter = std::chrono::seconds(30);
// How long a pause waits for the poll threads; they are awake at once unless a broker holds them.
constexpr Duration kObeyed = std::chrono::seconds(1);

DispatchPolicy dispatch_policy(const config::Pipeline& config, const SlotPool& slots) {
  DispatchPolicy policy;
  policy.slots = slots.slots();
  // Two chunks a slot, so that none waits for the poll thread between two of them.
  policy.max_chunks = std::max(2U, (2 * slots.slots() + config.consumers - 1) / config.consumers);
  policy.batch_messages = slots.batch_messages();
  policy.batch_wait =
      slots.batch_messages() > 1 ? Duration(config.batch.max_wait) : Duration::zero();
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

// The first bytes of a hash in hexadecimal.
std::uint32_t hash_of(std::string_view sha256) {
  std::uint32_t value = 0;
  constexpr int kHexadecimal = 16;
  (void)std::from_chars(sha256.data(), sha256.data() + 8, value, kHexadecimal);
  return value;
}

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

struct Pipeline::Parts {
  Parts(config::Pipeline the_config, const std::filesystem::path& state_dir,
        PluginMetrics& plugin_metrics, TopicAdmin& admin)
      : config(std::move(the_config)),
        plugin_facts(prepare_plugin(config.plugin, state_dir)),
        slots(plugin_facts, config, state_dir, plugin_metrics, system_clock()),
        watch(config.name, config.handler_soft_timeout, config.handler_timeout),
        limiter(config.dead_letter.max_ratio, config.dead_letter.max_consecutive),
        pause(config.consumers + 1),
        topics(config, admin) {
    if (config.isolation == config::Isolation::process)
      limiter.limit_crashes(config.worker.max_crashing_messages, config.worker.crash_window);
    const PluginIdentity& identity = plugin_facts.identity;
    const std::string plugin = identity.name + '@' + identity.version;
    for (std::uint32_t i = 0; i <= config.consumers; ++i) {
      const Reads reads = i < config.consumers ? Reads::sources : Reads::retry_topics;
      // One poll thread looks at the slots' deadlines for all.
      std::function<void(MonotonicTime)> every_tick;
      if (i == 0) every_tick = [this](MonotonicTime now) { watch.check(slots.running(), now); };
      consumers.push_back(std::make_unique<Consumer>(ConsumerSetup{
          config, i, reads, system_clock(), slots.queue(), dispatch_policy(config, slots),
          share_of_bounds(config, reads), history, topics, limiter, pause, plugin,
          hash_of(plugin_facts.sha256), kLagInterval, kStalledAfter, std::move(every_tick)}));
    }
  }

  [[nodiscard]] bool all_done() const {
    return std::all_of(consumers.begin(), consumers.end(), [](const auto& c) { return c->done(); });
  }

  const config::Pipeline config;
  const PluginFacts plugin_facts;
  SlotPool slots;
  DeadlineWatch watch;
  GroupHistory history;
  DeadLetterLimiter limiter;
  PauseSwitch pause;
  GroupTopics topics;
  std::vector<std::unique_ptr<Consumer>> consumers;
  std::atomic<bool> started{false};
  std::atomic<bool> stop_requested{false};
  std::atomic<bool> joined{false};
};

Pipeline::Pipeline(config::Pipeline config, const std::filesystem::path& state_dir,
                   PluginMetrics& plugin_metrics, TopicAdmin& admin)
    : parts_(std::make_unique<Parts>(std::move(config), state_dir, plugin_metrics, admin)) {}

Pipeline::~Pipeline() = default;

void Pipeline::start() {
  parts_->started = true;
  parts_->slots.start();
  for (const auto& consumer : parts_->consumers) consumer->start();
}

void Pipeline::request_stop(MonotonicTime deadline) {
  parts_->stop_requested = true;
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
  for (const auto& consumer : parts_->consumers) {
    if (consumer->done() && !consumer->failure().empty()) return consumer->failure();
  }
  return {};
}

bool Pipeline::runs() const { return !parts_->stop_requested && failure().empty(); }

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

bool Pipeline::wait_stopped(MonotonicTime until) {
  for (const auto& consumer : parts_->consumers) {
    if (!consumer->wait_done(until)) return false;
  }
  if (parts_->joined.exchange(true)) return true;
  for (const auto& consumer : parts_->consumers) consumer->join();
  parts_->slots.join();
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

void Pipeline::log_stuck() const {
  for (std::size_t i = 0; i < parts_->consumers.size(); ++i) {
    if (parts_->consumers[i]->done()) continue;
    log::error("consumer_stuck", "a consumer has not come to its end",
               {{"pipeline", parts_->config.name},
                {"consumer", i},
                {"doing", parts_->consumers[i]->doing()}});
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
  snapshot.plugin_name = parts_->plugin_facts.identity.name;
  snapshot.plugin_version = parts_->plugin_facts.identity.version;
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
