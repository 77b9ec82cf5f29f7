// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/metric_mirror.hpp"

#include <algorithm>

#include "host/base/log.hpp"
#include "host/handle/worker/readable.hpp"

namespace tidegate {

void MetricMirror::look() {
  const std::size_t rows =
      std::min<std::size_t>(table_.rows.load(std::memory_order_acquire), table_.row.size());
  while (rows_.size() < rows) rows_.push_back({define(table_.row[rows_.size()]), {}});
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].series != nullptr) rows_[i].series->follow(table_.row[i].cells, rows_[i].seen);
  }
  const std::uint64_t rejected = table_.rejected.load();
  if (rejected > rejected_) metrics_.add_rejected(pipeline_, rejected - rejected_);
  rejected_ = rejected;
}

PluginSeries* MetricMirror::define(const MetricRow& row) {
  const std::string name = readable(row.name);
  const auto defined = metrics_.define(pipeline_, row.kind, name, readable(row.help));
  if (defined.series == nullptr) {
    log::warn(
        "plugin_metric_refused", "a plugin's metric is not shown",
        {{"pipeline", pipeline_}, {"metric", name}, {"reason", std::string_view(defined.refused)}});
  }
  return defined.series;
}

}  // namespace tidegate
