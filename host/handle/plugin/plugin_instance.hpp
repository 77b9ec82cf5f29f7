// SPDX-License-Identifier: Apache-2.0
//
// One instance of a plugin: made with create, ended with destroy. Its owner calls handle through
// the table. Thread rule: construct and destroy on [main], never beside a call on the instance;
// calls are the slot's matter (one at a time, unless the library is thread-safe).
#pragma once

#include <tidegate/plugin.h>

#include <memory>
#include <string>

#include "host/handle/plugin/host_services.hpp"
#include "host/handle/plugin/plugin_library.hpp"

namespace tidegate {

class PluginInstance {
 public:
  // Calls create; blocks for as long as the plugin takes. config_json: empty is {}. Throws
  // PluginRefused (create_failed) with the plugin's own reason. log: null: the host's own.
  // REQUIRES: metrics and log outlive this.
  PluginInstance(std::shared_ptr<const PluginLibrary> library, const std::string& pipeline,
                 const std::string& config_json, PluginMetrics& metrics,
                 const PluginLog* log = nullptr);
  // Calls destroy. REQUIRES: no call is running.
  ~PluginInstance();
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  [[nodiscard]] const tidegate_plugin& table() const { return library_->table(); }
  [[nodiscard]] void* instance() const { return instance_; }
  [[nodiscard]] const PluginLibrary& library() const { return *library_; }

 private:
  std::shared_ptr<const PluginLibrary> library_;
  HostServices services_;
  void* instance_ = nullptr;
};

}  // namespace tidegate
