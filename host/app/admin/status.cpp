// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/status.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include "host/base/version.hpp"

namespace tidegate {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json offset_or_null(std::int64_t offset) { return offset >= 0 ? Json(offset) : Json(nullptr); }
Json time_or_null(double unix_seconds) {
  return unix_seconds > 0 ? Json(unix_seconds) : Json(nullptr);
}

template <class Names, class Counts>
Json by_name(const Names& names, const Counts& counts) {
  auto object = Json::object();
  for (std::size_t i = 0; i < names.size(); ++i) object[std::string(names[i])] = counts[i];
  return object;
}

Json partition_json(const metrics::PartitionSnapshot& partition) {
  // The end is asked for now and then; meanwhile positions may have gone beyond the last answer.
  const auto end = partition.end >= 0 ? std::max(partition.end, partition.committed) : -1;
  return {{"partition", partition.partition},
          {"committed", offset_or_null(partition.committed)},
          {"end", offset_or_null(end)},
          {"lag_messages", or_null(partition.lag_messages)},
          {"reads_at", offset_or_null(partition.reads_at)},
          {"not_read", partition.not_read ? Json(metrics::name(*partition.not_read)) : nullptr}};
}

Json topic_json(const metrics::TopicSnapshot& topic) {
  const bool owned = topic.assigned_partitions > 0;
  auto partitions = Json::array();
  for (const auto& partition : topic.partitions) partitions.push_back(partition_json(partition));
  return {{"topic", topic.topic},
          {"retry_topic", topic.retry_topic},
          {"assigned_partitions", topic.assigned_partitions},
          {"lag_messages", owned ? or_null(topic.lag_messages) : Json(nullptr)},
          {"lag_seconds", owned ? or_null(topic.lag_seconds) : Json(nullptr)},
          {"consumed", topic.consumed},
          {"finished", by_name(kOutcomeNames, topic.finished)},
          {"given_back", by_name(kGivenBackNames, topic.given_back)},
          {"in_flight", topic.in_flight},
          {"partitions", std::move(partitions)}};
}

Json oldest_json(const metrics::PipelineSnapshot& pipeline, double now) {
  if (pipeline.oldest_in_flight_unix_seconds <= 0) return nullptr;
  return {{"topic", pipeline.oldest_in_flight_topic},
          {"partition", pipeline.oldest_in_flight_partition},
          {"offset", pipeline.oldest_in_flight_offset},
          {"started_at_unix_seconds", pipeline.oldest_in_flight_unix_seconds},
          {"running_seconds", std::max(0.0, now - pipeline.oldest_in_flight_unix_seconds)}};
}

Json paused_by(const metrics::PipelineSnapshot& pipeline) {
  auto who = Json::array();
  if (pipeline.paused_by_limiter) who.push_back("limiter");
  if (pipeline.paused_by_operator) who.push_back("operator");
  return who;
}

Json plugin_json(const metrics::PluginSnapshot& plugin, double now) {
  Json probation;
  if (plugin.on_probation) {
    probation = {{"calls", plugin.probation_calls},
                 {"failures", plugin.probation_failures},
                 {"seconds_left", std::max(0.0, plugin.probation_end_unix_seconds - now)}};
  }
  Json last;
  if (!plugin.last_reload.empty()) {
    last = {{"what", plugin.last_reload},
            {"at_unix_seconds", plugin.last_reload_unix_seconds},
            {"seconds_ago", std::max(0.0, now - plugin.last_reload_unix_seconds)}};
  }
  return {{"name", plugin.name},
          {"version", plugin.version},
          {"sha256", plugin.sha256},
          {"generation", plugin.generation},
          {"old_generations_left", plugin.old_still},
          {"probation", std::move(probation)},
          {"reloads", by_name(metrics::kPluginReloadNames, plugin.reloads)},
          {"last_reload", std::move(last)}};
}

Json worker_json(const metrics::PipelineSnapshot& pipeline) {
  if (pipeline.worker_pid == 0) return nullptr;
  return {{"pid", pipeline.worker_pid}, {"user", pipeline.worker_user}};
}

Json pipeline_facts(const metrics::PipelineSnapshot& pipeline, double now) {
  const auto& totals = pipeline.totals;
  auto topics = Json::array();
  for (const auto& topic : totals.topics) topics.push_back(topic_json(topic));
  return {{"name", pipeline.name},
          {"state", metrics::name(pipeline.state)},
          {"paused_by", paused_by(pipeline)},
          {"failure", pipeline.failure.empty() ? Json(nullptr) : Json(pipeline.failure)},
          {"group_id", pipeline.group_id},
          {"plugin", plugin_json(pipeline.plugin, now)},
          {"worker", worker_json(pipeline)},
          {"has_assignment", totals.has_assignment},
          {"topics", std::move(topics)},
          {"in_flight", totals.in_flight},
          {"handlers_in_flight", pipeline.handlers_in_flight},
          {"concurrency", pipeline.concurrency},
          {"oldest_in_flight", oldest_json(pipeline, now)},
          {"uncommitted", totals.uncommitted},
          {"paused_partitions", by_name(metrics::kPauseReasonNames, totals.paused_partitions)},
          {"last_commit_unix_seconds", time_or_null(totals.last_commit_unix_seconds)},
          {"brokers_connected", pipeline.totals.brokers_connected}};
}

Json pipelines_facts(const metrics::HostSnapshot& host, double now) {
  auto pipelines = Json::array();
  for (const auto& pipeline : host.pipelines) pipelines.push_back(pipeline_facts(pipeline, now));
  return pipelines;
}

// A plugin's name or a failure's text may hold any bytes; the page stays valid JSON.
std::string page(const Json& facts) {
  return facts.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string pipelines_json(const metrics::HostSnapshot& host, double now_unix_seconds) {
  return page({{"pipelines", pipelines_facts(host, now_unix_seconds)}});
}

std::string pipeline_json(const metrics::PipelineSnapshot& pipeline, double now_unix_seconds) {
  return page(pipeline_facts(pipeline, now_unix_seconds));
}

std::string status_json(const metrics::HostSnapshot& host, double now_unix_seconds) {
  const auto reasons = metrics::not_ready_reasons(host);
  return page({
      {"version", version()},
      {"revision", revision()},
      {"started_at_unix_seconds", host.start_unix_seconds},
      {"uptime_seconds", std::max(0.0, now_unix_seconds - host.start_unix_seconds)},
      {"ready", reasons.empty()},
      {"not_ready_reasons", reasons},
      {"draining", host.draining},
      {"pipelines", pipelines_facts(host, now_unix_seconds)},
  });
}

}  // namespace tidegate
