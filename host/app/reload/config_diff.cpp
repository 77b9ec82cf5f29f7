// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/config_diff.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "host/base/config/node.hpp"

namespace tidegate {
namespace {

// The keys below one table that differ.
class Differences {
 public:
  Differences(std::string table, std::vector<std::string>& keys)
      : table_(std::move(table)), keys_(keys) {}

  template <class T>
  Differences& of(std::string_view key, const T& running, const T& wanted) {
    if (!(running == wanted)) keys_.push_back(table_ + std::string(key));
    return *this;
  }

 private:
  const std::string table_;
  std::vector<std::string>& keys_;
};

bool same(const config::StartOffset& a, const config::StartOffset& b) {
  return a.kind == b.kind && a.unix_ms == b.unix_ms;
}

void compare_failures(Differences& differ, const config::Pipeline& a, const config::Pipeline& b) {
  differ.of("retry.mode", a.retry.mode, b.retry.mode)
      .of("retry.max_retries", a.retry.max_retries, b.retry.max_retries)
      .of("retry.delays", a.retry.delays, b.retry.delays)
      .of("retry.create_topics", a.retry.create_topics, b.retry.create_topics)
      .of("retry.replication_factor", a.retry.replication_factor, b.retry.replication_factor)
      .of("retry.max_ahead", a.retry.max_ahead, b.retry.max_ahead)
      .of("dead_letter.enabled", a.dead_letter.enabled, b.dead_letter.enabled)
      .of("dead_letter.topic", a.dead_letter.topic, b.dead_letter.topic)
      .of("dead_letter.on_failure", a.dead_letter.on_failure, b.dead_letter.on_failure)
      .of("dead_letter.max_ratio", a.dead_letter.max_ratio, b.dead_letter.max_ratio)
      .of("dead_letter.max_consecutive", a.dead_letter.max_consecutive,
          b.dead_letter.max_consecutive);
}

void compare_worker(Differences& differ, const config::Worker& a, const config::Worker& b) {
  differ.of("worker.memory", a.memory_bytes, b.memory_bytes)
      .of("worker.cpu_seconds", a.cpu_seconds, b.cpu_seconds)
      .of("worker.user", a.user, b.user)
      .of("worker.core_dumps", a.core_dumps, b.core_dumps)
      .of("worker.max_crashing_messages", a.max_crashing_messages, b.max_crashing_messages)
      .of("worker.crash_window", a.crash_window, b.crash_window);
}

void compare_work(Differences& differ, const config::Pipeline& a, const config::Pipeline& b) {
  differ.of("consumers", a.consumers, b.consumers)
      .of("concurrency", a.concurrency, b.concurrency)
      .of("ordering", a.ordering, b.ordering)
      .of("isolation", a.isolation, b.isolation)
      .of("handler_soft_timeout", a.handler_soft_timeout, b.handler_soft_timeout)
      .of("handler_timeout", a.handler_timeout, b.handler_timeout)
      .of("drain_timeout", a.drain_timeout, b.drain_timeout)
      .of("max_crashes", a.max_crashes, b.max_crashes)
      .of("max_in_flight_messages", a.max_in_flight_messages, b.max_in_flight_messages)
      .of("max_in_flight_bytes", a.max_in_flight_bytes, b.max_in_flight_bytes)
      .of("batch.max_messages", a.batch.max_messages, b.batch.max_messages)
      .of("batch.max_wait", a.batch.max_wait, b.batch.max_wait)
      .of("commit.mode", a.commit.mode, b.commit.mode)
      .of("commit.interval", a.commit.interval, b.commit.interval)
      .of("commit.max_messages", a.commit.max_messages, b.commit.max_messages)
      .of("transaction.max_messages", a.transaction.max_messages, b.transaction.max_messages)
      .of("transaction.max_bytes", a.transaction.max_bytes, b.transaction.max_bytes)
      .of("transaction.max_time", a.transaction.max_time, b.transaction.max_time);
}

void compare_pipeline(const config::Pipeline& a, const config::Pipeline& b,
                      std::vector<std::string>& keys) {
  Differences differ(config::join_path("pipelines", a.name) + ".", keys);
  differ.of("cluster", a.cluster.name, b.cluster.name)
      .of("group_id", a.group_id, b.group_id)
      .of("topics", a.topics, b.topics)
      .of("topics_regex", a.topics_regex, b.topics_regex)
      .of("start_offset", same(a.start_offset, b.start_offset), true)
      .of("delivery", a.delivery, b.delivery);
  compare_work(differ, a, b);
  compare_failures(differ, a, b);
  compare_worker(differ, a.worker, b.worker);
  if (a.cluster.name != b.cluster.name) return;
  Differences(config::join_path("clusters", a.cluster.name) + ".", keys)
      .of("bootstrap_servers", a.cluster.bootstrap_servers, b.cluster.bootstrap_servers)
      .of("librdkafka", a.cluster.librdkafka, b.cluster.librdkafka);
  // The cluster's own are in them.
  if (a.cluster.librdkafka != b.cluster.librdkafka) return;
  differ.of("consumer", a.consumer, b.consumer).of("producer", a.producer, b.producer);
}

const config::Pipeline* find(const std::vector<config::Pipeline>& pipelines,
                             const std::string& name) {
  const auto found = std::find_if(pipelines.begin(), pipelines.end(),
                                  [&](const auto& pipeline) { return pipeline.name == name; });
  return found == pipelines.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::string> keys_that_need_a_restart(const config::Host& running,
                                                  const config::Host& wanted) {
  std::vector<std::string> keys;
  Differences("", keys)
      .of("host.shutdown_timeout", running.shutdown_timeout, wanted.shutdown_timeout)
      .of("host.state_dir", running.state_dir, wanted.state_dir)
      .of("host.instance", running.instance, wanted.instance)
      .of("log.level", running.log.level, wanted.log.level)
      .of("log.format", running.log.format, wanted.log.format)
      .of("admin.listen", running.admin_listen, wanted.admin_listen)
      .of("admin.enable_lifecycle", running.enable_lifecycle, wanted.enable_lifecycle)
      .of("metrics.partition_labels", running.partition_labels, wanted.partition_labels);
  for (const config::Pipeline& pipeline : running.pipelines) {
    const config::Pipeline* const other = find(wanted.pipelines, pipeline.name);
    if (other != nullptr) compare_pipeline(pipeline, *other, keys);
    else keys.push_back(config::join_path("pipelines", pipeline.name));
  }
  for (const config::Pipeline& pipeline : wanted.pipelines) {
    if (find(running.pipelines, pipeline.name) == nullptr)
      keys.push_back(config::join_path("pipelines", pipeline.name));
  }
  std::vector<std::string> once;  // pipelines may share a cluster
  for (std::string& key : keys) {
    if (std::find(once.begin(), once.end(), key) == once.end()) once.push_back(std::move(key));
  }
  return once;
}

}  // namespace tidegate
