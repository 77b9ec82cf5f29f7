// SPDX-License-Identifier: Apache-2.0
//
// Where a plugin's log lines go: into the host's own log, or from a worker process to the host.
// Thread rule: [any].
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "host/base/log.hpp"

namespace tidegate {

class PluginLog {
 public:
  virtual ~PluginLog() = default;
  [[nodiscard]] virtual bool enabled(log::Level level) const = 0;
  virtual void write(log::Level level, std::string_view text) const = 0;
};

// The host's own: the lines carry the pipeline and the plugin as fields.
class HostPluginLog final : public PluginLog {
 public:
  HostPluginLog(std::string pipeline, std::string plugin, std::string version)
      : pipeline_(std::move(pipeline)), plugin_(std::move(plugin)), version_(std::move(version)) {}

  [[nodiscard]] bool enabled(log::Level level) const override { return log::enabled(level); }
  void write(log::Level level, std::string_view text) const override {
    if (!enabled(level)) return;
    log::write(level, "plugin_log", text,
               {{"pipeline", pipeline_}, {"plugin", plugin_}, {"plugin_version", version_}});
  }

 private:
  const std::string pipeline_;
  const std::string plugin_;
  const std::string version_;
};

}  // namespace tidegate
