// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/counters.hpp"

#include <algorithm>

#include "host/base/metrics/add_each.hpp"

namespace tidegate::metrics {
namespace {

// Counters of the plugin and of its reloads.
void add_plugin(PluginSnapshot& now, const PluginSnapshot& before) {
  add_each(now.reloads, before.reloads);
  for (const auto& [reason, count] : before.load_failures) now.load_failures[reason] += count;
  if (!now.last_reload.empty()) return;
  now.last_reload = before.last_reload;
  now.last_reload_unix_seconds = before.last_reload_unix_seconds;
}

TopicSnapshot counters_of(const TopicSnapshot& ended) {
  TopicSnapshot counters = ended;
  counters.assigned_partitions = 0;
  counters.lag_messages.reset();
  counters.lag_seconds.reset();
  counters.partitions.clear();
  return counters;
}

ConsumerSnapshot counters_of(const ConsumerSnapshot& ended) {
  ConsumerSnapshot counters = ended;
  for (TopicSnapshot& topic : counters.topics) topic = counters_of(topic);
  counters.queued = counters.blocked = counters.waiting = 0;
  counters.bytes = counters.uncommitted = 0;
  counters.resume_map_messages = counters.possible_repeats = 0;
  counters.paused_partitions = {};
  counters.brokers_connected = 0;
  counters.has_assignment = counters.caught_up = false;
  return counters;
}

}  // namespace

PipelineSnapshot counters_of(const PipelineSnapshot& ended) {
  PipelineSnapshot counters;
  counters.name = ended.name;
  counters.group_id = ended.group_id;
  counters.plugin.name = ended.plugin.name;
  counters.plugin.version = ended.plugin.version;
  counters.plugin.sha256 = ended.plugin.sha256;
  counters.totals = counters_of(ended.totals);
  add_plugin(counters.plugin, ended.plugin);
  counters.worker_deaths = ended.worker_deaths;
  counters.worker_failed_starts = ended.worker_failed_starts;
  counters.handlers_past_soft_timeout = ended.handlers_past_soft_timeout;
  counters.handlers_past_timeout = ended.handlers_past_timeout;
  counters.handler_calls = ended.handler_calls;
  counters.handler_duration = ended.handler_duration;
  counters.message_age = ended.message_age;
  counters.retry_lateness = ended.retry_lateness;
  return counters;
}

void add_counters(PipelineSnapshot& now, const PipelineSnapshot& before) {
  // What is true of the pipeline now, whatever was of those before it.
  const bool has_assignment = now.totals.has_assignment;
  const bool caught_up = now.totals.caught_up;
  add(now.totals, before.totals);
  now.totals.has_assignment = has_assignment;
  now.totals.caught_up = caught_up;
  add_plugin(now.plugin, before.plugin);
  now.worker_deaths += before.worker_deaths;
  now.worker_failed_starts += before.worker_failed_starts;
  now.handlers_past_soft_timeout += before.handlers_past_soft_timeout;
  now.handlers_past_timeout += before.handlers_past_timeout;
  add_each(now.handler_calls, before.handler_calls);
  now.handler_duration.add(before.handler_duration);
  now.message_age.add(before.message_age);
  now.retry_lateness.add(before.retry_lateness);
}

}  // namespace tidegate::metrics
