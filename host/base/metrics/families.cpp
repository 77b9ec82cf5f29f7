// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/families.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

namespace tidegate::metrics {
namespace {

prometheus::MetricType type_of(const Definition& definition) {
  switch (definition.type) {
    case Type::counter: return prometheus::MetricType::Counter;
    case Type::gauge: return prometheus::MetricType::Gauge;
    case Type::histogram: return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

prometheus::MetricFamily empty_of(const Definition& definition) {
  prometheus::MetricFamily family;
  family.name = definition.name;
  family.help = definition.help;
  family.type = type_of(definition);
  return family;
}

}  // namespace

void Families::add(const Definition& definition, LabelValues labels, double value) {
  assert(definition.type != Type::histogram);
  auto& metric = series(definition, labels);
  if (definition.type == Type::counter) metric.counter.value = value;
  else metric.gauge.value = value;
}

void Families::add(const Definition& definition, LabelValues labels, const HistogramData& data) {
  assert(definition.type == Type::histogram);
  auto& histogram = series(definition, labels).histogram;
  // The serializer adds +Inf from the count; buckets are cumulative on the wire.
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < data.bounds.size(); ++i) {
    cumulative += data.counts[i];
    histogram.bucket.push_back({cumulative, data.bounds[i]});
  }
  histogram.sample_count = data.total();
  histogram.sample_sum = data.sum;
}

std::vector<prometheus::MetricFamily> Families::take() { return std::exchange(families_, {}); }

prometheus::ClientMetric& Families::series(const Definition& definition, LabelValues labels) {
  auto family = std::find_if(families_.begin(), families_.end(),
                             [&](const auto& f) { return f.name == definition.name; });
  if (family == families_.end()) family = families_.insert(families_.end(), empty_of(definition));
  auto& metric = family->metric.emplace_back();
  auto names = definition.labels;
  for (const auto value : labels) {
    assert(!names.empty());
    const auto end = std::min(names.find(' '), names.size());
    metric.label.push_back({std::string(names.substr(0, end)), std::string(value)});
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  assert(names.empty());
  return metric;
}

}  // namespace tidegate::metrics
