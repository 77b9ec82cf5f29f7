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
#include "host/handle/plugin/plugin_metrics.hpp"

namespace tidegate {

class HostServices {
 public:
  // REQUIRES: metrics outlives this, this outlives the plugin instance.
  HostServices(std::string pipeline, const PluginIdentity& identity, PluginMetrics& metrics);
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
  void log(std::int32_t level, std::string_view text) const;
  std::int32_t define_metric(std::int32_t kind, const char* name, const char* help);
  void record_metric(std::int32_t id, double value) noexcept;

 private:
  const std::string pipeline_;
  const std::string plugin_name_;
  const std::string plugin_version_;
  const std::string host_version_;
  PluginMetrics& metrics_;
  tidegate_host table_{};
  std::atomic<bool> creating_{false};
  // Ids are indices. Written while creating, by threads of the plugin too; a filled place stays.
  std::array<std::atomic<PluginSeries*>, PluginMetrics::kMaxPerPipeline> series_{};
};

}  // namespace tidegate
