// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/histogram.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace tidegate::metrics {
namespace {

constexpr std::array kHandlerBounds = {0.000001, 0.00001, 0.0001, 0.001, 0.005, 0.01, 0.025,
                                       0.05,     0.075,   0.1,    0.25,  0.5,   0.75, 1.0,
                                       2.5,      5.0,     7.5,    10.0,  30.0,  60.0};
constexpr std::array kAgeBounds = {0.01, 0.05, 0.1,  0.5,   1.0,   5.0,
                                   10.0, 30.0, 60.0, 300.0, 900.0, 3600.0};
constexpr std::array kCommitBounds = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1,
                                      0.25,  0.5,   1.0,  5.0,   10.0, 60.0};
constexpr std::array kLatenessBounds = {0.001, 0.005, 0.01, 0.05, 0.1,   0.25,  0.5,
                                        1.0,   5.0,   15.0, 60.0, 300.0, 3600.0};
constexpr std::array kFailureBounds = {0.01,  0.1,   0.5,    1.0,     5.0,     15.0,    60.0,
                                       300.0, 900.0, 3600.0, 14400.0, 86400.0, 604800.0};

}  // namespace

void HistogramData::add(const HistogramData& other) {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
  sum += other.sum;
}

std::uint64_t HistogramData::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds), counts_(bounds.size() + 1) {}

std::size_t Histogram::bucket_of(double value) const {
  return static_cast<std::size_t>(std::lower_bound(bounds_.begin(), bounds_.end(), value) -
                                  bounds_.begin());
}

void Histogram::observe(double value, std::uint64_t times) {
  // One writer: load and store instead of a locked read-modify-write.
  auto& count = counts_[bucket_of(value)];
  count.store(count.load(std::memory_order_relaxed) + times, std::memory_order_relaxed);
  sum_.store(sum_.load(std::memory_order_relaxed) + value * static_cast<double>(times),
             std::memory_order_relaxed);
}

HistogramData Histogram::read() const {
  HistogramData data(bounds_);
  for (std::size_t i = 0; i < counts_.size(); ++i)
    data.counts[i] = counts_[i].load(std::memory_order_relaxed);
  data.sum = sum_.load(std::memory_order_relaxed);
  return data;
}

std::span<const double> handler_duration_bounds() { return kHandlerBounds; }
std::span<const double> message_age_bounds() { return kAgeBounds; }
std::span<const double> commit_duration_bounds() { return kCommitBounds; }
std::span<const double> retry_lateness_bounds() { return kLatenessBounds; }
std::span<const double> failure_duration_bounds() { return kFailureBounds; }

}  // namespace tidegate::metrics
