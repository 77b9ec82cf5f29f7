// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/collector.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include <librdkafka/rdkafka.h>
#include <prometheus/text_serializer.h>
#include <tidegate/plugin.h>

#include "host/base/log.hpp"
#include "host/base/metrics/families.hpp"
#include "host/base/metrics/pipeline_collector.hpp"
#include "host/base/metrics/process.hpp"
#include "host/base/version.hpp"

namespace tidegate::metrics {
namespace {

constexpr std::array<std::pair<log::Level, std::string_view>, 4> kLogLevels = {
    {{log::Level::error, "error"},
     {log::Level::warn, "warn"},
     {log::Level::info, "info"},
     {log::Level::debug, "debug"}}};

void collect_host(Families& families, const HostSnapshot& host) {
  families.add(kBuildInfo,
               {version(), revision(), TIDEGATE_STRING(TIDEGATE_ABI_MAJOR), rd_kafka_version_str()},
               1);
  families.add(kReady, {}, not_ready_reasons(host).empty() ? 1 : 0);
  families.add(kConfigSuccessful, {}, host.config_last_applied ? 1 : 0);
  families.add(kConfigTimestamp, {}, host.config_loaded_unix_seconds);
  families.add(kConfigReloads, {"applied"}, host.config_reloads_applied);
  families.add(kConfigReloads, {"rejected"}, host.config_reloads_rejected);
  families.add(kConfigReloads, {"rolled_back"}, host.config_reloads_rolled_back);
  for (const auto& [level, label] : kLogLevels) {
    families.add(kLogMessages, {label}, log::lines_written(level));
  }
  for (const auto& [pipeline, count] : host.plugin_series_rejected) {
    families.add(kSeriesRejected, {pipeline}, count);
  }
}

void collect_process(Families& families) {
  const auto facts = read_process_facts();
  const auto add_known = [&](const Definition& definition, const auto& value) {
    if (value) families.add(definition, {}, *value);
  };
  add_known(kProcessStart, facts.start_unix_seconds);
  add_known(kProcessCpu, facts.cpu_seconds);
  add_known(kProcessResident, facts.resident_bytes);
  add_known(kProcessOpenFds, facts.open_fds);
  add_known(kProcessMaxFds, facts.max_fds);
  add_known(kProcessThreads, facts.threads);
}

// The serializer writes help as it is, and a line break in it would end the page's syntax.
std::string escaped_help(std::string_view help) {
  std::string escaped;
  for (const char c : help) {
    if (c == '\\') escaped += "\\\\";
    else if (c == '\n') escaped += "\\n";
    else escaped += c;
  }
  return escaped;
}

// The series of a pipeline that a reload has removed end with it.
bool is_of_a_pipeline(const prometheus::ClientMetric& series, const HostSnapshot& host) {
  return std::any_of(series.label.begin(), series.label.end(), [&](const auto& label) {
    return label.name == "pipeline" &&
           std::any_of(host.pipelines.begin(), host.pipelines.end(),
                       [&](const auto& pipeline) { return pipeline.name == label.value; });
  });
}

}  // namespace

std::vector<prometheus::MetricFamily> collect(const HostSnapshot& host) {
  Families families;
  collect_host(families, host);
  for (const auto& pipeline : host.pipelines) {
    collect_pipeline(families, pipeline,
                     host.partition_labels ? Partitions::shown : Partitions::hidden);
  }
  collect_process(families);
  auto all = families.take();
  for (auto family : host.plugin_families) {
    std::erase_if(family.metric,
                  [&](const auto& series) { return !is_of_a_pipeline(series, host); });
    if (family.metric.empty()) continue;
    family.help = escaped_help(family.help);
    all.push_back(std::move(family));
  }
  return all;
}

std::string to_text(const HostSnapshot& host) {
  return prometheus::TextSerializer().Serialize(collect(host));
}

}  // namespace tidegate::metrics
