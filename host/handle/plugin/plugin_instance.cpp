// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/plugin_instance.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "host/base/log.hpp"
#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kReasonBytes = 1024;
constexpr const char* kCure = "correct plugin.config of the pipeline, or what the reason names";

}  // namespace

PluginInstance::PluginInstance(std::shared_ptr<const PluginLibrary> library,
                               const std::string& pipeline, const std::string& config_json,
                               PluginMetrics& metrics, const PluginLog* log)
    : library_(std::move(library)), services_(pipeline, library_->identity(), metrics, log) {
  const std::string config = config_json.empty() ? "{}" : config_json;
  std::array<char, kReasonBytes> buffer{};
  tidegate_result error{sizeof(tidegate_result), 0, buffer.data(), kReasonBytes, 0};
  std::string reason;
  {
    const HostServices::Creating creating(services_);
    try {
      instance_ = table().create(services_.table(), config.data(), config.size(), &error);
      reason.assign(buffer.data(), std::min<std::size_t>(error.reason_size, kReasonBytes));
    } catch (...) {
      // Against the contract: caught here, but what it says is the plugin's C++ library's own.
      reason = "create threw an exception across the C ABI";
    }
  }
  if (instance_ != nullptr) return;
  if (reason.empty()) reason = "no reason given";
  throw PluginRefused(
      library_->path(), RefusedReason::create_failed,
      library_->identity().name + " could not be created for pipeline " + pipeline + ": " + reason,
      kCure);
}

PluginInstance::~PluginInstance() {
  try {
    table().destroy(instance_);
  } catch (...) {
    log::error("plugin_destroy_failed", "destroy threw an exception across the C ABI",
               {{"pipeline", services_.pipeline()}, {"plugin", library_->identity().name}});
  }
}

}  // namespace tidegate
