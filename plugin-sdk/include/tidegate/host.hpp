// SPDX-License-Identifier: Apache-2.0
//
// What the host offers a C++ plugin: log lines and metrics. A Host is a pointer, copy it freely; it
// is valid from the constructor of the plugin's class until its destructor has returned.
// Thread rule: [any], but metrics are defined in the constructor only.
#pragma once

#include <tidegate/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate {

enum class LogLevel : std::int32_t {
  error = TIDEGATE_LOG_ERROR,
  warn = TIDEGATE_LOG_WARN,
  info = TIDEGATE_LOG_INFO,
  debug = TIDEGATE_LOG_DEBUG
};

namespace detail {
// A metric by its id. One that the host refused (it has logged why) or does not offer takes its
// values and shows nothing: a plugin does not fail for its metrics.
class Metric {
 public:
  Metric() noexcept = default;
  Metric(const tidegate_host* host, std::int32_t kind, const std::string& name,
         const std::string& help)
      : host_(host) {
    metrics_ =
        static_cast<const tidegate_metrics*>(host->get_extension(host, TIDEGATE_EXTENSION_METRICS));
    if (metrics_ != nullptr) id_ = metrics_->define(host, kind, name.c_str(), help.c_str());
  }

 protected:
  void record(double value) const noexcept {
    if (id_ >= 0) metrics_->record(host_, id_, value);
  }

 private:
  const tidegate_host* host_ = nullptr;
  const tidegate_metrics* metrics_ = nullptr;
  std::int32_t id_ = -1;
};
}  // namespace detail

class Counter : public detail::Metric {
 public:
  using Metric::Metric;
  // REQUIRES: value >= 0.
  void add(double value = 1) const noexcept { record(value); }
};

class Gauge : public detail::Metric {
 public:
  using Metric::Metric;
  void set(double value) const noexcept { record(value); }
};

class Histogram : public detail::Metric {
 public:
  using Metric::Metric;
  void observe(double value) const noexcept { record(value); }
};

class Host {
 public:
  // REQUIRES: host is the pointer given to create.
  explicit Host(const tidegate_host* host) noexcept : host_(host) {}

  // Name of the pipeline in the configuration.
  std::string_view pipeline() const noexcept { return host_->pipeline; }
  // Version of the host: "0.1.0".
  std::string_view version() const noexcept { return host_->host_version; }

  // Never log keys, payloads or secrets.
  void log(LogLevel level, std::string_view text) const noexcept {
    host_->log(host_, static_cast<std::int32_t>(level), text.data(), text.size());
  }
  void error(std::string_view text) const noexcept { log(LogLevel::error, text); }
  void warn(std::string_view text) const noexcept { log(LogLevel::warn, text); }
  void info(std::string_view text) const noexcept { log(LogLevel::info, text); }
  void debug(std::string_view text) const noexcept { log(LogLevel::debug, text); }
  // Ask before building an expensive text.
  bool log_enabled(LogLevel level) const noexcept {
    return host_->log_enabled(host_, static_cast<std::int32_t>(level)) != 0;
  }

  // Shown at /metrics as tidegate_plugin_<name>. Call in the constructor only. The name's ending is
  // checked: a counter's _total, a histogram's _seconds or _bytes.
  Counter counter(const std::string& name, const std::string& help) const {
    return Counter(host_, TIDEGATE_METRIC_COUNTER, name, help);
  }
  Gauge gauge(const std::string& name, const std::string& help) const {
    return Gauge(host_, TIDEGATE_METRIC_GAUGE, name, help);
  }
  Histogram histogram(const std::string& name, const std::string& help) const {
    return Histogram(host_, TIDEGATE_METRIC_HISTOGRAM, name, help);
  }
  const tidegate_host& raw() const noexcept { return *host_; }

 private:
  const tidegate_host* host_;
};

}  // namespace tidegate
