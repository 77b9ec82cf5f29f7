// SPDX-License-Identifier: Apache-2.0
//
// The host as one plugin instance sees it: owns the tidegate_host table and what stands behind it.
// Nothing here throws into the plugin. Thread rule: as the table's (plugin.h).
#pragma once

#include <tidegate/plugin.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "host/handle/plugin/identity.hpp"
#include "host/handle/plugin/plugin_log.hpp"
#include "host/handle/plugin/plugin_metrics.hpp"

namespace tidegate {

class HostServices {
 public:
  // log: null: the host's own. REQUIRES: metrics and log outlive this, this outlives the plugin
  // instance.
  HostServices(std::string pipeline, const PluginIdentity& identity, PluginMetrics& metrics,
               const PluginLog* log = nullptr);
  HostServices(const HostServices&) = delete;
  HostServices& operator=(const HostServices&) = delete;

  [[nodiscard]] const tidegate_host* table() const { return &table_; }
  [[nodiscard]] const std::string& pipeline() const { return pipeline_; }

  // While one lives, the plugin may define metrics: around create.
  class Creating {
   public:
    explicit Creating(HostServices& services) : services_(services) { services_.creating_ = true; }
    ~Creating() { services_.creating_ = false; }
    Creating(const Creating&) = delete;
    Creating& operator=(const Creating&) = delete;

   private:
    HostServices& services_;
  };

  // What stands behind the functions of the tables. [any]
  [[nodiscard]] const PluginLog& log() const { return log_ == nullptr ? own_log_ : *log_; }
  std::int32_t define_metric(std::int32_t kind, const char* name, const char* help);
  void record_metric(std::int32_t id, double value) noexcept;

 private:
  const std::string pipeline_;
  const std::string plugin_name_;
  const std::string host_version_;
  PluginMetrics& metrics_;
  const HostPluginLog own_log_;
  const PluginLog* const log_;
  tidegate_host table_{};
  std::atomic<bool> creating_{false};
  // Ids are indices. Written while creating, by threads of the plugin too; a filled place stays.
  std::array<std::atomic<PluginSeries*>, PluginMetrics::kMaxPerPipeline> series_{};
};

}  // namespace tidegate
