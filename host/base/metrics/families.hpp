// SPDX-License-Identifier: Apache-2.0
//
// Builds the metric families of one scrape from definitions and values, so that the collector reads
// as a list of facts. Thread rule: one scrape, one thread; not shared.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

#include "host/base/metrics/definitions.hpp"
#include "host/base/metrics/histogram.hpp"

namespace tidegate::metrics {

class Families {
 public:
  using LabelValues = std::initializer_list<std::string_view>;

  // Adds one series. REQUIRES: as many label values as the definition has labels, in its order; a
  // counter or a gauge; the same labels not added before.
  void add(const Definition& definition, LabelValues labels, double value);
  template <std::integral T>
  void add(const Definition& definition, LabelValues labels, T value) {
    add(definition, labels, static_cast<double>(value));
  }
  // As above, for a histogram.
  void add(const Definition& definition, LabelValues labels, const HistogramData& data);

  // The families, in the order in which each was first added to. Empties this.
  [[nodiscard]] std::vector<prometheus::MetricFamily> take();

 private:
  prometheus::ClientMetric& series(const Definition& definition, LabelValues labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace tidegate::metrics
