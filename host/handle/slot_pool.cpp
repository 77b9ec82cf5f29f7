// SPDX-License-Identifier: Apache-2.0
#include "host/handle/slot_pool.hpp"

#include <algorithm>
#include <optional>

#include "host/base/thread_name.hpp"

namespace tidegate {
namespace {

CallPolicy policy_of(const config::Pipeline& pipeline) {
  CallPolicy policy;
  policy.handler_timeout = pipeline.handler_timeout;
  policy.batch_messages = std::max(pipeline.batch.max_messages, 1U);
  policy.unanswered = pipeline.delivery == config::Delivery::at_most_once
                          ? CallPolicy::Unanswered::failed
                          : CallPolicy::Unanswered::attempt_again;
  if (pipeline.delivery == config::Delivery::at_most_once) {
    policy.waits = CallPolicy::Waits::never;
  } else if (pipeline.retry.mode == config::RetryMode::in_place) {
    policy.waits = CallPolicy::Waits::on_failure;
  }
  return policy;
}

// Unix seconds at which something that started at a monotonic time began.
double unix_seconds(MonotonicTime started, const Clock& clock) {
  const auto wall = std::chrono::duration<double>(clock.wall().time_since_epoch());
  return (wall - std::chrono::duration<double>(clock.now() - started)).count();
}

}  // namespace

SlotPool::SlotPool(const PluginFacts& plugin, const config::Pipeline& pipeline,
                   const std::filesystem::path& state_dir, PluginMetrics& plugin_metrics,
                   const Clock& clock)
    : clock_(clock),
      pipeline_(pipeline.name),
      policy_(policy_of(pipeline)),
      isolation_(make_isolation(plugin, pipeline, policy_, state_dir, plugin_metrics, clock)),
      slots_(isolation_->make_slots()) {}

SlotPool::~SlotPool() { join(); }

void SlotPool::start() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    threads_.emplace_back([this, i] {
      set_thread_name("slot-" + std::to_string(i));
      slots_[i]->run(queue_);
    });
  }
}

void SlotPool::join() {
  queue_.close();
  threads_.clear();
}

std::uint32_t SlotPool::batch_messages() const {
  return isolation_->has_batches() ? policy_.batch_messages : 1;
}

std::vector<CallInfo> SlotPool::running() const {
  std::vector<CallInfo> calls;
  for (const auto& slot : slots_) {
    if (auto call = slot->running().read()) calls.push_back(std::move(*call));
  }
  return calls;
}

void SlotPool::add_to(metrics::PipelineSnapshot& snapshot) const {
  snapshot.concurrency = slots();
  isolation_->add_to(snapshot);
  for (const auto& slot : slots_) {
    for (std::size_t kind = 0; kind < kCallKindCount; ++kind) {
      snapshot.handler_calls[kind] += slot->stats().calls(static_cast<ErrorKind>(kind));
    }
    snapshot.handler_duration.add(slot->stats().duration.read());
    snapshot.message_age.add(slot->stats().age.read());
    snapshot.retry_lateness.add(slot->stats().retry_lateness.read());
    // Of what was handled in the end; consumers have the rest.
    snapshot.totals.failure_duration.add(slot->stats().failure_duration.read());
  }
  const std::vector<CallInfo> calls = running();
  snapshot.handlers_in_flight = static_cast<std::uint32_t>(calls.size());
  const auto oldest =
      std::min_element(calls.begin(), calls.end(),
                       [](const CallInfo& a, const CallInfo& b) { return a.started < b.started; });
  if (oldest == calls.end()) return;
  snapshot.oldest_in_flight_unix_seconds = unix_seconds(oldest->started, clock_);
  snapshot.oldest_in_flight_topic = oldest->source->topic;
  snapshot.oldest_in_flight_partition = oldest->source->partition.value;
  snapshot.oldest_in_flight_offset = oldest->offset.value;
}

}  // namespace tidegate
