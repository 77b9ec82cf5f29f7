// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/host_services.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "host/base/log.hpp"
#include "host/base/version.hpp"
#include "host/handle/host_message.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kMaxLogBytes = 4096;

HostServices& services_of(const tidegate_host* host) {
  return *static_cast<HostServices*>(host->context);
}

log::Level level_of(std::int32_t level) {
  switch (level) {
    case TIDEGATE_LOG_ERROR: return log::Level::error;
    case TIDEGATE_LOG_WARN: return log::Level::warn;
    case TIDEGATE_LOG_DEBUG: return log::Level::debug;
    default: return log::Level::info;
  }
}

// The functions of the tables. A failure of ours (no memory for a log line) is not the plugin's.
void write_log(const tidegate_host* host, std::int32_t level, const char* text,
               std::size_t size) noexcept {
  try {
    if (text != nullptr)
      services_of(host).log().write(level_of(level), {text, std::min(size, kMaxLogBytes)});
  } catch (...) {  // NOLINT(bugprone-empty-catch)
  }
}

std::int32_t is_log_enabled(const tidegate_host* host, std::int32_t level) noexcept {
  return services_of(host).log().enabled(level_of(level)) ? 1 : 0;
}

std::int32_t define_metric(const tidegate_host* host, std::int32_t kind, const char* name,
                           const char* help) noexcept {
  try {
    return services_of(host).define_metric(kind, name, help);
  } catch (...) {
    return -1;
  }
}

void record_metric(const tidegate_host* host, std::int32_t id, double value) noexcept {
  services_of(host).record_metric(id, value);
}

constexpr tidegate_metrics kMetricsTable = {sizeof(tidegate_metrics), &define_metric,
                                            &record_metric};

constexpr tidegate_emit kEmitTable = {sizeof(tidegate_emit), &emit_output};

const void* get_extension(const tidegate_host* /*host*/, const char* id) noexcept {
  if (id == nullptr) return nullptr;
  if (std::string_view(id) == TIDEGATE_EXTENSION_METRICS) return &kMetricsTable;
  if (std::string_view(id) == TIDEGATE_EXTENSION_EMIT) return &kEmitTable;
  return nullptr;
}

}  // namespace

HostServices::HostServices(std::string pipeline, const PluginIdentity& identity,
                           PluginMetrics& metrics, const PluginLog* log)
    : pipeline_(std::move(pipeline)),
      plugin_name_(identity.name),
      host_version_(version()),
      metrics_(metrics),
      own_log_(pipeline_, identity.name, identity.version),
      log_(log) {
  table_.struct_size = sizeof table_;
  table_.abi_minor = TIDEGATE_ABI_MINOR;
  table_.context = this;
  table_.host_version = host_version_.c_str();
  table_.pipeline = pipeline_.c_str();
  table_.log = &write_log;
  table_.log_enabled = &is_log_enabled;
  table_.headers = &read_headers;
  table_.get_extension = &get_extension;
}

std::int32_t HostServices::define_metric(std::int32_t kind, const char* name, const char* help) {
  const std::string_view name_text = name == nullptr ? "" : name;
  const auto refuse = [&](const std::string& why) {
    log::warn("plugin_metric_refused", "a plugin's metric is not shown",
              {{"pipeline", pipeline_},
               {"plugin", plugin_name_},
               {"metric", name_text.substr(0, 128)},
               {"reason", why}});
    return -1;
  };
  if (!creating_.load()) return refuse("it is not defined inside create");
  const auto defined = metrics_.define(pipeline_, kind, name_text, help == nullptr ? "" : help);
  if (defined.series == nullptr) return refuse(defined.refused);
  for (std::size_t id = 0; id < series_.size(); ++id) {
    PluginSeries* expected = nullptr;
    if (series_[id].compare_exchange_strong(expected, defined.series) ||
        expected == defined.series) {
      return static_cast<std::int32_t>(id);
    }
  }
  return refuse("the instance has no room for it");  // cannot be: the pipeline's bound is the same
}

void HostServices::record_metric(std::int32_t id, double value) noexcept {
  if (id < 0 || static_cast<std::size_t>(id) >= series_.size()) return;
  PluginSeries* const series =
      series_[static_cast<std::size_t>(id)].load(std::memory_order_acquire);
  if (series != nullptr) series->record(value);
}

}  // namespace tidegate
