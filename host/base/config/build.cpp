// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/build.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "host/base/config/check_properties.hpp"
#include "host/base/config/json.hpp"
#include "host/base/config/names.hpp"
#include "host/base/config/reader.hpp"

namespace tidegate::config {
namespace {

namespace fs = std::filesystem;

const Table* table_at(const Table& table, std::string_view path) {
  const Entry* const entry = find_path(table, path);
  return entry == nullptr ? nullptr : entry->value.as<Table>();
}

log::Level level_of(const std::string& text) {
  if (text == "error") return log::Level::error;
  if (text == "warn") return log::Level::warn;
  return text == "debug" ? log::Level::debug : log::Level::info;
}

fs::path state_dir(const std::string& written, const fs::path& directory,
                   const Environment& environment) {
  return written.empty() ? default_state_dir(environment)
                         : (directory / written).lexically_normal();
}

Delivery delivery_of(const std::string& text) {
  if (text == "at_most_once") return Delivery::at_most_once;
  return text == "exactly_once" ? Delivery::exactly_once : Delivery::at_least_once;
}

Ordering ordering_of(const std::string& text) {
  if (text == "key") return Ordering::key;
  return text == "none" ? Ordering::none : Ordering::partition;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

Plugin build_plugin(const Reader& reader, const Table& table, const fs::path& plugin_dir) {
  Plugin result;
  // No path: a finding has been made, and the directory must not be taken for one.
  const std::string path = reader.text("plugin.path");
  if (!path.empty()) result.path = (plugin_dir / path).lexically_normal();
  result.sha256 = lower(reader.text("plugin.sha256"));
  result.watch = reader.boolean("plugin.watch");
  result.probe_timeout = reader.duration("plugin.probe_timeout");
  result.probation.time = reader.duration("plugin.probation.time");
  result.probation.messages = reader.count("plugin.probation.messages");
  result.probation.max_failure_ratio = reader.number("plugin.probation.max_failure_ratio");
  result.config_json = "{}";
  const Entry* const config = find_path(table, "plugin.config");
  if (config != nullptr && !config->value.invalid) {
    result.config_json = to_json_text(*config->value.as<Table>());
  }
  return result;
}

Retry build_retry(const Reader& reader, Delivery delivery) {
  Retry result;
  const std::string mode = reader.text("retry.mode");
  if (mode == "in_place") result.mode = RetryMode::in_place;
  if (mode == "none") result.mode = RetryMode::none;
  // What is handled at most once has no second attempt, so it needs no word about it.
  const bool once = delivery == Delivery::at_most_once && reader.written("retry.mode") == nullptr;
  if (once) result.mode = RetryMode::none;
  result.max_retries = reader.integer("retry.max_retries");
  result.delays = reader.duration_list("retry.delays");
  result.create_topics = reader.boolean("retry.create_topics");
  result.replication_factor = static_cast<std::int32_t>(reader.integer("retry.replication_factor"));
  result.max_ahead = reader.integer("retry.max_ahead");
  return result;
}

DeadLetter build_dead_letter(const Reader& reader, const std::string& group_id) {
  DeadLetter result;
  result.enabled = reader.boolean("dead_letter.enabled");
  const bool named = reader.written("dead_letter.topic") != nullptr;
  result.topic = named ? reader.text("dead_letter.topic") : default_dead_letter(group_id);
  const bool stop = reader.text("dead_letter.on_failure") == "stop";
  result.on_failure = stop ? OnFailure::stop : OnFailure::block;
  result.max_ratio = reader.number("dead_letter.max_ratio");
  result.max_consecutive = reader.count("dead_letter.max_consecutive");
  return result;
}

Worker build_worker(const Reader& reader) {
  Worker result;
  result.memory_bytes = reader.size("worker.memory");
  result.cpu_seconds = reader.count("worker.cpu_seconds");
  result.user = reader.text("worker.user");
  result.core_dumps = reader.boolean("worker.core_dumps");
  result.max_crashing_messages = reader.count("worker.max_crashing_messages");
  result.crash_window = reader.duration("worker.crash_window");
  return result;
}

Pipeline build_pipeline(const std::string& name, const Table& table, const fs::path& plugin_dir,
                        const kafka::PropertyTable& known) {
  const Reader reader(table, "pipelines.*");
  Pipeline result;
  result.name = name;
  result.group_id = reader.text("group_id");
  result.topics = reader.text_list("topics");
  result.topics_regex = reader.text_list("topics_regex");
  result.start_offset = reader.start_offset("start_offset");
  result.delivery = delivery_of(reader.text("delivery"));
  result.consumers = reader.count("consumers");
  result.concurrency = reader.count("concurrency");
  result.ordering = ordering_of(reader.text("ordering"));
  result.isolation = reader.text("isolation") == "process" ? Isolation::process : Isolation::thread;
  result.handler_soft_timeout = reader.duration("handler_soft_timeout");
  result.handler_timeout = reader.duration("handler_timeout");
  result.drain_timeout = reader.duration("drain_timeout");
  result.max_crashes = reader.count("max_crashes");
  result.max_in_flight_messages = reader.count("max_in_flight_messages");
  result.max_in_flight_bytes = reader.size("max_in_flight_bytes");
  result.plugin = build_plugin(reader, table, plugin_dir);
  result.worker = build_worker(reader);
  result.batch.max_messages = reader.count("batch.max_messages");
  result.batch.max_wait = reader.duration("batch.max_wait");
  result.commit.mode = reader.text("commit.mode") == "sync" ? CommitMode::sync : CommitMode::async;
  result.commit.interval = reader.duration("commit.interval");
  result.commit.max_messages = reader.count("commit.max_messages");
  result.transaction.max_messages = reader.count("transaction.max_messages");
  result.transaction.max_bytes = reader.size("transaction.max_bytes");
  result.transaction.max_time = reader.duration("transaction.max_time");
  result.retry = build_retry(reader, result.delivery);
  result.dead_letter = build_dead_letter(reader, result.group_id);
  if (const Table* const consumer = table_at(table, "consumer")) {
    result.consumer = read_properties(*consumer, known);
  }
  if (const Table* const producer = table_at(table, "producer")) {
    result.producer = read_properties(*producer, known);
  }
  return result;
}

// The defaults a pipeline stands on. Saying topics takes back topics_regex of [defaults], and the
// other way round: the two exclude each other.
Table beneath(const Table& root, const Table& pipeline) {
  const Table* const defaults = table_at(root, "defaults");
  Table result = defaults == nullptr ? Table() : *defaults;
  if (find(pipeline, "topics") == nullptr && find(pipeline, "topics_regex") == nullptr) {
    return result;
  }
  result.erase(std::remove_if(result.begin(), result.end(),
                              [](const Entry& entry) {
                                return entry.name == "topics" || entry.name == "topics_regex";
                              }),
               result.end());
  return result;
}

}  // namespace

fs::path default_state_dir(const Environment& environment) {
  // systemd may name several.
  if (const auto given = environment("STATE_DIRECTORY"); given && !given->empty()) {
    return given->substr(0, given->find(':'));
  }
  const fs::path home = environment("HOME").value_or("/");
  return home / ".local/state/tidegate";
}

Host build_host(const Table& root, const fs::path& directory, const Environment& environment) {
  const Reader reader(root, "");
  Host result;
  result.shutdown_timeout = reader.duration("host.shutdown_timeout");
  result.plugin_dir = (directory / reader.text("host.plugin_dir")).lexically_normal();
  result.state_dir = state_dir(reader.text("host.state_dir"), directory, environment);
  result.instance = reader.text("host.instance");
  result.log.level = level_of(reader.text("log.level"));
  result.log.format = reader.text("log.format");
  result.admin_listen = reader.text("admin.listen");
  result.enable_lifecycle = reader.boolean("admin.enable_lifecycle");
  result.partition_labels = reader.boolean("metrics.partition_labels");
  return result;
}

std::vector<Cluster> build_clusters(const Table& root, const kafka::PropertyTable& known) {
  std::vector<Cluster> result;
  const Table* const clusters = table_at(root, "clusters");
  if (clusters == nullptr) return result;
  for (const Entry& entry : *clusters) {
    const Table* const table = entry.value.as<Table>();
    if (table == nullptr) continue;
    const Reader reader(*table, "clusters.*");
    Cluster cluster;
    cluster.name = entry.name;
    cluster.bootstrap_servers = reader.text_list("bootstrap_servers");
    if (const Table* const properties = table_at(*table, "librdkafka")) {
      cluster.librdkafka = read_properties(*properties, known);
    }
    result.push_back(std::move(cluster));
  }
  return result;
}

std::vector<Draft> build_pipelines(const Table& root, const fs::path& plugin_dir,
                                   const kafka::PropertyTable& known) {
  std::vector<Draft> result;
  const Table* const pipelines = table_at(root, "pipelines");
  if (pipelines == nullptr) return result;
  for (const Entry& entry : *pipelines) {
    const Table* const table = entry.value.as<Table>();
    if (table == nullptr) continue;
    Draft draft;
    draft.path = join_path("pipelines", entry.name);
    draft.place = entry.place;
    draft.table = beneath(root, *table);
    merge(draft.table, *table);
    draft.pipeline = build_pipeline(entry.name, draft.table, plugin_dir, known);
    draft.cluster = Reader(draft.table, "pipelines.*").text("cluster");
    result.push_back(std::move(draft));
  }
  return result;
}

}  // namespace tidegate::config
