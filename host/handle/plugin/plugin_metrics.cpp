// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/plugin_metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "host/base/check.hpp"
#include "host/base/metrics/histogram.hpp"

namespace tidegate {
namespace {

constexpr std::string_view kPrefix = "tidegate_plugin_";

// Bytes: powers of 4 from 64 B to 256 MiB.
constexpr std::array<double, 12> kBytesBounds = {
    64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864, 268435456};

// Names of the host's own metrics that begin as a plugin's would.
constexpr std::array<std::string_view, 2> kTaken = {"info", "load_failures_total"};
// Series that the text format makes of a histogram.
constexpr std::array<std::string_view, 3> kReservedEndings = {"_bucket", "_count", "_sum"};

bool is_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kMaxMetricName && name.front() >= 'a' &&
         name.front() <= 'z' && std::all_of(name.begin(), name.end(), allowed);
}

bool is_line(std::string_view help) {
  return !help.empty() && help.size() <= kMaxMetricHelp &&
         help.find('\n') == std::string_view::npos;
}

// Why a definition cannot be; empty: it can.
std::string finding(std::int32_t kind, std::string_view name, std::string_view help) {
  if (!is_name(name)) return "its name is not [a-z][a-z0-9_]* of at most 64 characters";
  if (!is_line(help)) return "its help is not one line of 1 to 1024 bytes";
  if (std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end()) {
    return "the host has a metric of that name";
  }
  for (const std::string_view ending : kReservedEndings) {
    if (name.ends_with(ending)) return "its name ends as a histogram's series do";
  }
  const bool total = name.ends_with("_total");
  switch (kind) {
    case TIDEGATE_METRIC_COUNTER: return total ? "" : "a counter's name ends in _total";
    case TIDEGATE_METRIC_GAUGE: return total ? "only a counter's name ends in _total" : "";
    case TIDEGATE_METRIC_HISTOGRAM:
      if (name.ends_with("_seconds") || name.ends_with("_bytes")) return "";
      return "a histogram's name ends in _seconds or _bytes";
    default: return "its kind is unknown to this host";
  }
}

std::span<const double> bounds_of(PluginMetricKind kind, std::string_view name) {
  if (kind != PluginMetricKind::histogram) return {};
  if (name.ends_with("_bytes")) return kBytesBounds;
  return metrics::handler_duration_bounds();
}

prometheus::MetricType type_of(PluginMetricKind kind) {
  switch (kind) {
    case PluginMetricKind::counter: return prometheus::MetricType::Counter;
    case PluginMetricKind::gauge: return prometheus::MetricType::Gauge;
    case PluginMetricKind::histogram: break;
  }
  return prometheus::MetricType::Histogram;
}

}  // namespace

PluginSeries::PluginSeries(PluginMetricKind kind, std::span<const double> bounds,
                           MetricCells* cells)
    : kind_(kind), bounds_(bounds), cells_(cells == nullptr ? own_ : *cells) {
  TIDEGATE_CHECK(bounds.size() < kMaxMetricBuckets, "a histogram's buckets have room");
}

void PluginSeries::record(double value) noexcept {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  if (kind_ == PluginMetricKind::gauge) {
    cells_.value.store(value, kRelaxed);
    return;
  }
  if (std::isnan(value)) return;
  if (kind_ == PluginMetricKind::histogram) {
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    cells_.buckets[static_cast<std::size_t>(bucket)].fetch_add(1, kRelaxed);
  } else if (value < 0) {
    return;  // a counter only grows
  }
  cells_.value.fetch_add(value, kRelaxed);
}

void PluginSeries::follow(const MetricCells& other, Seen& seen) noexcept {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  const double value = other.value.load(kRelaxed);
  if (kind_ == PluginMetricKind::gauge) {
    cells_.value.store(value, kRelaxed);
    return;
  }
  const double more = value - seen.value;
  // A sum of seconds or bytes may go down, where the plugin observes less than nothing.
  if (std::isfinite(more) && (more > 0 || kind_ == PluginMetricKind::histogram)) {
    cells_.value.fetch_add(more, kRelaxed);
    seen.value = value;
  }
  if (kind_ != PluginMetricKind::histogram) return;
  for (std::size_t i = 0; i <= bounds_.size(); ++i) {
    const std::uint64_t count = other.buckets[i].load(kRelaxed);
    if (count > seen.buckets[i]) cells_.buckets[i].fetch_add(count - seen.buckets[i], kRelaxed);
    seen.buckets[i] = std::max(seen.buckets[i], count);
  }
}

prometheus::ClientMetric PluginSeries::collect() const {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  prometheus::ClientMetric metric;
  const double value = cells_.value.load(kRelaxed);
  if (kind_ == PluginMetricKind::counter) metric.counter.value = value;
  if (kind_ == PluginMetricKind::gauge) metric.gauge.value = value;
  if (kind_ == PluginMetricKind::histogram) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i <= bounds_.size(); ++i) {
      count += cells_.buckets[i].load(kRelaxed);
      const double bound =
          i < bounds_.size() ? bounds_[i] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({count, bound});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = value;
  }
  return metric;
}

PluginMetrics::PluginMetrics(MetricTable* table) : table_(table) {}
PluginMetrics::~PluginMetrics() = default;

PluginMetrics::Defined PluginMetrics::define(std::string_view pipeline, std::int32_t kind,
                                             std::string_view name, std::string_view help) {
  const std::string why = finding(kind, name, help);
  const MutexLock lock(mutex_);
  Defined defined = why.empty()
                        ? define_checked(pipeline, static_cast<PluginMetricKind>(kind), name, help)
                        : Defined{nullptr, why};
  if (defined.series == nullptr) {
    ++counts_[std::string(pipeline)].rejected;
    if (table_ != nullptr) ++table_->rejected;
  }
  return defined;
}

PluginMetrics::Defined PluginMetrics::define_checked(std::string_view pipeline,
                                                     PluginMetricKind kind, std::string_view name,
                                                     std::string_view help) {
  auto metric = metrics_.find(name);
  if (metric != metrics_.end() && metric->second.kind != kind) {
    return {nullptr, "a metric of that name and another kind exists"};
  }
  if (metric != metrics_.end()) {
    const auto known = metric->second.by_pipeline.find(pipeline);
    if (known != metric->second.by_pipeline.end()) return {known->second.get(), {}};
  }
  Count& count = counts_[std::string(pipeline)];
  if (count.defined >= kMaxPerPipeline) {
    return {nullptr, "the pipeline has " + std::to_string(kMaxPerPipeline) + " already"};
  }
  ++count.defined;
  if (metric == metrics_.end()) {
    metric = metrics_.emplace(std::string(name), Metric{kind, std::string(help), {}}).first;
  }
  MetricCells* const cells = table_ == nullptr ? nullptr : add_row(kind, name, help);
  auto series = std::make_unique<PluginSeries>(kind, bounds_of(kind, name), cells);
  PluginSeries* const raw = series.get();
  metric->second.by_pipeline.emplace(std::string(pipeline), std::move(series));
  return {raw, {}};
}

// REQUIRES: the pipeline has room, and so the table has.
MetricCells* PluginMetrics::add_row(PluginMetricKind kind, std::string_view name,
                                    std::string_view help) {
  const std::uint32_t rows = table_->rows.load(std::memory_order_relaxed);
  TIDEGATE_CHECK(rows < table_->row.size(), "a table of metrics is of one pipeline");
  MetricRow& row = table_->row[rows];
  row.kind = static_cast<std::int32_t>(kind);
  name.copy(row.name.data(), kMaxMetricName);
  help.copy(row.help.data(), kMaxMetricHelp);
  table_->rows.store(rows + 1, std::memory_order_release);
  return &row.cells;
}

void PluginMetrics::add_rejected(std::string_view pipeline, std::uint64_t more) {
  const MutexLock lock(mutex_);
  counts_[std::string(pipeline)].rejected += more;
}

std::uint64_t PluginMetrics::rejected(std::string_view pipeline) const {
  const MutexLock lock(mutex_);
  const auto count = counts_.find(pipeline);
  return count == counts_.end() ? 0 : count->second.rejected;
}

void PluginMetrics::forget(const std::string& pipeline, Forget what) {
  TIDEGATE_CHECK(table_ == nullptr, "a row of a table stays");
  const MutexLock lock(mutex_);
  for (auto& [name, metric] : metrics_) {
    if (what == Forget::all || metric.kind == PluginMetricKind::gauge)
      counts_[pipeline].defined -= metric.by_pipeline.erase(pipeline);
  }
  // Its name may be that of another kind next.
  std::erase_if(metrics_, [](const auto& one) { return one.second.by_pipeline.empty(); });
  if (what == Forget::all) counts_.erase(pipeline);
}

std::vector<prometheus::MetricFamily> PluginMetrics::collect() const {
  std::vector<prometheus::MetricFamily> families;
  const MutexLock lock(mutex_);
  for (const auto& [name, metric] : metrics_) {
    prometheus::MetricFamily family;
    family.name = std::string(kPrefix) + name;
    family.help = metric.help;
    family.type = type_of(metric.kind);
    for (const auto& [pipeline, series] : metric.by_pipeline) {
      prometheus::ClientMetric sample = series->collect();
      sample.label.push_back({"pipeline", pipeline});
      family.metric.push_back(std::move(sample));
    }
    families.push_back(std::move(family));
  }
  return families;
}

}  // namespace tidegate
