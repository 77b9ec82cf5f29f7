// SPDX-License-Identifier: Apache-2.0
//
// Real pipelines with a plugin that only says ok. Thread rule: the test's own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "host/app/pipeline.hpp"
#include "host/base/config/load.hpp"
#include "host/handle/plugin/plugin_metrics.hpp"
#include "host/route/own_topics.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {

class MadePipelines {
 public:
  // Port 9 answers nobody.
  explicit MadePipelines(std::string bootstrap = "127.0.0.1:9")
      : bootstrap_(std::move(bootstrap)) {}

  // It reads the topic "t" and writes no other.
  [[nodiscard]] config::Pipeline config(const std::string& name) const {
    const std::string text =
        "config_version = 1\n"
        "clusters.main.bootstrap_servers = [\"" +
        bootstrap_ + "\"]\n" + "[pipelines." + name + "]\ngroup_id = \"" + name + "\"\n" +
        "plugin.path = \"" + test_plugin("plain").string() + "\"\n" + kKeys;
    const auto nothing = [](std::string_view) { return std::optional<std::string>(); };
    auto loaded = config::load_text(text, "t.toml", "/", {}, nothing);
    for (const auto& finding : loaded.findings) ADD_FAILURE() << config::render(finding);
    return loaded.host.value().pipelines.at(0);
  }
  [[nodiscard]] PluginMetrics& metrics() { return metrics_; }
  std::unique_ptr<Pipeline> make(PipelineDefinition definition) {
    return std::make_unique<Pipeline>(std::move(definition), scratch_.path() / "state", metrics_,
                                      topics_);
  }
  std::unique_ptr<Pipeline> make(const std::string& name) { return make({.config = config(name)}); }

 private:
  // The mock misses a member that leaves while it joins: until its session ends.
  static constexpr const char* kKeys = R"(
topics = ["t"]
drain_timeout = "1s"
retry.mode = "none"
dead_letter.enabled = false
consumer."session.timeout.ms" = "2000"
consumer."heartbeat.interval.ms" = "200"
)";
  const std::string bootstrap_;
  const ScratchFolder scratch_;
  PluginMetrics metrics_;
  KafkaTopicAdmin topics_;
};

}  // namespace tidegate
