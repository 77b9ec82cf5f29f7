// SPDX-License-Identifier: Apache-2.0
//
// A histogram that one thread writes without locks and any thread reads. Counts are exact; a reader
// beside the writer may see a sum that is an observation behind. Bounds are fixed at construction.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tidegate::metrics {

// What a scrape sees. counts[i]: observations <= bounds[i] and > bounds[i-1]; the last one is +Inf.
struct HistogramData {
  std::span<const double> bounds;  // static storage, ascending, without +Inf
  std::vector<std::uint64_t> counts;
  double sum = 0;

  explicit HistogramData(std::span<const double> b) : bounds(b), counts(b.size() + 1) {}
  // REQUIRES: the same bounds.
  void add(const HistogramData& other);
  [[nodiscard]] std::uint64_t total() const;
};

// Written by one thread, read by any.
class Histogram {
 public:
  // REQUIRES: bounds have static storage and ascend.
  explicit Histogram(std::span<const double> bounds);
  // The bucket a value falls into.
  [[nodiscard]] std::size_t bucket_of(double value) const;
  // Counts `times` observations of `value`. [the one writer]
  void observe(double value, std::uint64_t times = 1);
  // [any]
  [[nodiscard]] HistogramData read() const;

 private:
  std::span<const double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

// Two times in Unix milliseconds; 0 where the clock was set back between them.
[[nodiscard]] constexpr double seconds_between(std::int64_t begin_ms, std::int64_t end_ms) {
  return end_ms < begin_ms ? 0.0 : static_cast<double>(end_ms - begin_ms) / 1000.0;
}

// Seconds; OpenTelemetry's default buckets, and below them what fast handlers need.
std::span<const double> handler_duration_bounds();
// Seconds from the message's timestamp to its end.
std::span<const double> message_age_bounds();
// Seconds from a commit's request to its answer.
std::span<const double> commit_duration_bounds();
// Seconds from the time at which a message that failed is due again to its attempt.
std::span<const double> retry_lateness_bounds();
// Seconds from a message's first failure to its end.
std::span<const double> failure_duration_bounds();

}  // namespace tidegate::metrics
