// SPDX-License-Identifier: Apache-2.0
//
// The metrics that a worker's plugin defines, as the host shows them: series of the host's own, to
// which is added what the worker has counted since the last look, so that a counter goes on where
// one worker ends and the next begins. The table is hostile memory: names, kinds and texts are
// copied, then judged as if a plugin of this process had asked. Thread rule: of the worker's
// supervisor.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "host/handle/plugin/plugin_metrics.hpp"

namespace tidegate {

class MetricMirror {
 public:
  // table and metrics outlive it; table: of one worker's life.
  MetricMirror(const MetricTable& table, std::string pipeline, PluginMetrics& metrics)
      : table_(table), pipeline_(std::move(pipeline)), metrics_(metrics) {}

  void look();

 private:
  struct Followed {
    PluginSeries* series = nullptr;  // null: refused
    PluginSeries::Seen seen;
  };
  [[nodiscard]] PluginSeries* define(const MetricRow& row);

  const MetricTable& table_;
  const std::string pipeline_;
  PluginMetrics& metrics_;
  std::vector<Followed> rows_;
  std::uint64_t rejected_ = 0;  // of the table's, as far as it was counted
};

}  // namespace tidegate
