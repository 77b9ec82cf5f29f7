// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/config_diff.hpp"

#include <algorithm>
#include <string_view>

namespace tidegate {
namespace {

// The keys that differ.
class Differences {
 public:
  template <class T>
  Differences& of(std::string_view key, const T& running, const T& wanted) {
    if (!(running == wanted)) keys_.emplace_back(key);
    return *this;
  }
  [[nodiscard]] std::vector<std::string> keys() const { return keys_; }

 private:
  std::vector<std::string> keys_;
};

bool same_but_plugin(const config::Pipeline& running, config::Pipeline wanted) {
  wanted.plugin = running.plugin;
  return wanted == running;
}

}  // namespace

std::vector<std::string> keys_that_need_a_restart(const config::Host& running,
                                                  const config::Host& wanted) {
  return Differences()
      .of("host.shutdown_timeout", running.shutdown_timeout, wanted.shutdown_timeout)
      .of("host.state_dir", running.state_dir, wanted.state_dir)
      .of("host.instance", running.instance, wanted.instance)
      .of("log.level", running.log.level, wanted.log.level)
      .of("log.format", running.log.format, wanted.log.format)
      .of("admin.listen", running.admin_listen, wanted.admin_listen)
      .of("admin.enable_lifecycle", running.enable_lifecycle, wanted.enable_lifecycle)
      .of("metrics.partition_labels", running.partition_labels, wanted.partition_labels)
      .keys();
}

const config::Pipeline* find_pipeline(const std::vector<config::Pipeline>& pipelines,
                                      const std::string& name) {
  const auto found = std::find_if(pipelines.begin(), pipelines.end(),
                                  [&](const auto& pipeline) { return pipeline.name == name; });
  return found == pipelines.end() ? nullptr : &*found;
}

std::vector<PipelineDiff> pipelines_that_differ(const std::vector<config::Pipeline>& running,
                                                const std::vector<config::Pipeline>& wanted) {
  using What = PipelineDifference;
  std::vector<PipelineDiff> diffs;
  for (const config::Pipeline& pipeline : running) {
    const config::Pipeline* const other = find_pipeline(wanted, pipeline.name);
    if (other == nullptr) diffs.push_back({pipeline.name, What::removed});
    else
      diffs.push_back(
          {pipeline.name, same_but_plugin(pipeline, *other) ? What::kept : What::changed});
  }
  for (const config::Pipeline& pipeline : wanted) {
    if (find_pipeline(running, pipeline.name) == nullptr)
      diffs.push_back({pipeline.name, What::added});
  }
  return diffs;
}

}  // namespace tidegate
