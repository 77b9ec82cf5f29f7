// SPDX-License-Identifier: Apache-2.0
//
// What tracking costs per message: added in runs as batches bring them, finished in ranges as slots
// return them. The orders are those of one slot, of several slots that return their chunks late,
// and of one lane that holds everything behind it.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "host/track/offset_tracker.hpp"

namespace tidegate {
namespace {

constexpr std::int64_t kMessages = 1 << 16;

void add_run(OffsetTracker& tracker, std::int64_t first, std::int64_t count) {
  tracker.add(Offset{first}, Offset{first + count - 1}, 1'700'000'000'000);
}

// Arg: messages of one chunk.
void finish_in_order(benchmark::State& state) {
  const std::int64_t chunk = state.range(0);
  for (auto _ : state) {
    OffsetTracker tracker(Position{0});
    for (std::int64_t first = 0; first < kMessages; first += chunk) {
      add_run(tracker, first, chunk);
      benchmark::DoNotOptimize(tracker.finish(Offset{first}, Offset{first + chunk - 1}));
      benchmark::DoNotOptimize(tracker.position());
    }
  }
  state.SetItemsProcessed(state.iterations() * kMessages);
}
BENCHMARK(finish_in_order)->Arg(1)->Arg(16)->Arg(512);

// Every second chunk comes back only after all others.
void finish_alternately(benchmark::State& state) {
  const std::int64_t chunk = state.range(0);
  for (auto _ : state) {
    OffsetTracker tracker(Position{0});
    add_run(tracker, 0, kMessages);
    for (const std::int64_t begin : {chunk, std::int64_t{0}}) {
      for (std::int64_t first = begin; first < kMessages; first += 2 * chunk) {
        tracker.finish(Offset{first}, Offset{first + chunk - 1});
        benchmark::DoNotOptimize(tracker.position());
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * kMessages);
}
BENCHMARK(finish_alternately)->Arg(1)->Arg(16)->Arg(512);

// The first message stays unfinished while everything behind it is handled.
void finish_behind_a_stuck_one(benchmark::State& state) {
  for (auto _ : state) {
    OffsetTracker tracker(Position{0});
    add_run(tracker, 0, kMessages);
    for (std::int64_t first = 1; first < kMessages; ++first) {
      tracker.finish(Offset{first}, Offset{first});
      benchmark::DoNotOptimize(tracker.position());
    }
  }
  state.SetItemsProcessed(state.iterations() * kMessages);
}
BENCHMARK(finish_behind_a_stuck_one);

}  // namespace
}  // namespace tidegate
