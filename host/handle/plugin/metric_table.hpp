// SPDX-License-Identifier: Apache-2.0
//
// What the metrics of a plugin count, in memory that two processes may share: a worker defines and
// records, its host looks on (worker/metric_mirror.hpp). Memory that reads as zero is an empty
// table. Thread rule: cells [any]; a row is written before `rows` counts it, and stays.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tidegate {

inline constexpr std::size_t kMaxPluginMetrics = 64;  // of a pipeline
inline constexpr std::size_t kMaxMetricName = 64;     // bytes
inline constexpr std::size_t kMaxMetricHelp = 1024;   // bytes
inline constexpr std::size_t kMaxMetricBuckets = 24;  // of a histogram, with that of +Inf

struct MetricCells {
  std::atomic<double> value;  // counter, gauge; sum of a histogram
  std::array<std::atomic<std::uint64_t>, kMaxMetricBuckets> buckets;  // not cumulative
};

struct MetricRow {
  std::int32_t kind;                          // a PluginMetricKind
  std::array<char, kMaxMetricName + 1> name;  // text, NUL at the end
  std::array<char, kMaxMetricHelp + 1> help;
  MetricCells cells;
};

struct MetricTable {
  std::atomic<std::uint32_t> rows;
  std::atomic<std::uint64_t> rejected;  // definitions that were refused
  std::array<MetricRow, kMaxPluginMetrics> row;
};

static_assert(std::atomic<double>::is_always_lock_free, "it is shared with a process");

}  // namespace tidegate
