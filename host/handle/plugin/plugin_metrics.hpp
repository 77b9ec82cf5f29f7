// SPDX-License-Identifier: Apache-2.0
//
// The metrics that plugins define for themselves (tidegate.metrics/1), as tidegate_plugin_<name>.
// Their number is bounded: they are defined while a plugin is created, at most 64 per pipeline.
// Recording is a few atomic operations on the series, which all instances of a pipeline share. In a
// worker process they are on shared memory.
// Thread rule: define and collect on [any], under a lock; PluginSeries::record on [any], without
// one.
#pragma once

#include <prometheus/metric_family.h>
#include <tidegate/plugin.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/handle/plugin/metric_table.hpp"

namespace tidegate {

enum class PluginMetricKind : std::uint8_t {
  counter = TIDEGATE_METRIC_COUNTER,
  gauge = TIDEGATE_METRIC_GAUGE,
  histogram = TIDEGATE_METRIC_HISTOGRAM
};

// One metric of one pipeline.
class PluginSeries {
 public:
  // cells: where it counts, outlives this and reads as zero; null: in itself.
  PluginSeries(PluginMetricKind kind, std::span<const double> bounds, MetricCells* cells = nullptr);
  PluginSeries(const PluginSeries&) = delete;
  PluginSeries& operator=(const PluginSeries&) = delete;
  // [any] Adds to a counter (negative and NaN are ignored), sets a gauge, observes in a histogram.
  void record(double value) noexcept;
  // [any] Beside a writer, sum and buckets may be an observation apart.
  [[nodiscard]] prometheus::ClientMetric collect() const;

  // Another series of this kind, as it was seen last.
  struct Seen {
    double value = 0;
    std::array<std::uint64_t, kMaxMetricBuckets> buckets{};
  };
  // [any] Adds what those cells have counted since; of a gauge, takes its value. What they hold may
  // be anything: what counts backwards, or is no number, adds nothing.
  void follow(const MetricCells& other, Seen& seen) noexcept;

 private:
  const PluginMetricKind kind_;
  const std::span<const double> bounds_;  // of a histogram; static storage
  MetricCells own_{};
  MetricCells& cells_;
};

class PluginMetrics {
 public:
  static constexpr std::size_t kMaxPerPipeline = kMaxPluginMetrics;

  // table: where all of it is written, of one pipeline only, for another process to see; outlives
  // this. Null: nowhere else.
  explicit PluginMetrics(MetricTable* table = nullptr);
  ~PluginMetrics();
  PluginMetrics(const PluginMetrics&) = delete;
  PluginMetrics& operator=(const PluginMetrics&) = delete;

  // What define answers: the series, which lives until it is forgotten; or why there is none.
  struct Defined {
    PluginSeries* series = nullptr;
    std::string refused;
  };
  // The same name and kind in the same pipeline is the same series. [any]
  Defined define(std::string_view pipeline, std::int32_t kind, std::string_view name,
                 std::string_view help);
  // How many definitions a pipeline had refused (tidegate_metric_series_rejected_total). [any]
  [[nodiscard]] std::uint64_t rejected(std::string_view pipeline) const;
  // As many more were refused elsewhere. [any]
  void add_rejected(std::string_view pipeline, std::uint64_t more);
  // What was defined for a pipeline goes: gauges, when it ends and may have a successor; all, with
  // what was counted and refused, when it has none. REQUIRES: nobody records for it any more; no
  // table. [any]
  enum class Forget : std::uint8_t { gauges, all };
  void forget(const std::string& pipeline, Forget what);
  // [any]
  [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const;

 private:
  struct Metric {
    PluginMetricKind kind;
    std::string help;
    std::map<std::string, std::unique_ptr<PluginSeries>, std::less<>> by_pipeline;
  };
  struct Count {
    std::size_t defined = 0;
    std::uint64_t rejected = 0;
  };
  Defined define_checked(std::string_view pipeline, PluginMetricKind kind, std::string_view name,
                         std::string_view help) TIDEGATE_REQUIRES(mutex_);
  [[nodiscard]] MetricCells* add_row(PluginMetricKind kind, std::string_view name,
                                     std::string_view help) TIDEGATE_REQUIRES(mutex_);

  MetricTable* const table_;
  mutable Mutex mutex_;
  std::map<std::string, Metric, std::less<>> metrics_ TIDEGATE_GUARDED_BY(mutex_);
  std::map<std::string, Count, std::less<>> counts_ TIDEGATE_GUARDED_BY(mutex_);
};

}  // namespace tidegate
