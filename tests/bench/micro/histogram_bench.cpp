// SPDX-License-Identifier: Apache-2.0
//
// What one observation costs; a slot makes one per stretch of fast calls, or per call of slow ones.
#include <benchmark/benchmark.h>

#include "host/base/metrics/histogram.hpp"

namespace tidegate::metrics {
namespace {

void observe_handler_duration(benchmark::State& state) {
  Histogram histogram(handler_duration_bounds());
  double seconds = 1e-7;
  for (auto _ : state) {
    histogram.observe(seconds, 64);
    seconds = seconds > 1 ? 1e-7 : seconds * 1.7;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(observe_handler_duration);

}  // namespace
}  // namespace tidegate::metrics
