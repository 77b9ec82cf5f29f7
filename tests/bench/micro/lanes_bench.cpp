// SPDX-License-Identifier: Apache-2.0
//
// What a message costs on its way through its lane on the poll thread, without the message itself:
// queued in runs as batches bring them, taken in chunks as slots ask for them, with as many waiting
// as the in-flight bound allows. That is more than a level-2 cache holds, so layout shows here.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/dispatch/partition_lanes.hpp"

namespace tidegate {
namespace {

constexpr int kPartitions = 6;
constexpr std::uint32_t kRun = 1'600;

// Arg: messages waiting in all partitions together.
void through_the_lanes(benchmark::State& state) {
  std::vector<std::unique_ptr<PartitionLanes>> partitions;
  for (int i = 0; i < kPartitions; ++i) {
    partitions.push_back(std::make_unique<PartitionLanes>(config::Ordering::partition));
  }
  std::int64_t offset = 0;
  const auto add_run = [&](PartitionLanes& lanes) {
    for (std::uint32_t i = 0; i < kRun; ++i) {
      Item item;
      item.offset = Offset{offset++};
      lanes.add(std::move(item));
    }
  };
  for (std::int64_t i = 0; i < state.range(0) / kRun; ++i) {
    add_run(*partitions[static_cast<std::size_t>(i) % kPartitions]);
  }
  std::vector<Item> chunk;
  std::size_t turn = 0;
  for (auto _ : state) {
    PartitionLanes& lanes = *partitions[turn++ % kPartitions];
    add_run(lanes);
    chunk.clear();
    lanes.take(kRun, chunk);
    for (Item& item : chunk) lanes.stopped_running(item.lane);
  }
  for (const auto& lanes : partitions) lanes->clear([](Item&&) {});
  state.SetItemsProcessed(state.iterations() * kRun);
}
BENCHMARK(through_the_lanes)->Arg(0)->Arg(20'000)->Arg(200'000);

// The same with lanes of keys. Args: messages waiting; keys that they have by turns.
void through_lanes_of_keys(benchmark::State& state) {
  PartitionLanes lanes(config::Ordering::key);
  std::vector<Item> chunk;
  std::int64_t offset = 0;
  const auto add_run = [&] {
    for (Item& item : chunk) {
      item.offset = Offset{offset++};
      lanes.add(std::move(item));
    }
    chunk.clear();
  };
  for (std::int64_t i = 0; i < state.range(0) + kRun;) {
    for (std::uint32_t j = 0; j < kRun; ++j, ++i) {
      Item item;
      item.message = kafka::HeldMessage::copy_of(std::to_string(i % state.range(1)), "v", -1);
      chunk.push_back(std::move(item));
    }
    add_run();
  }
  for (auto _ : state) {
    lanes.take(kRun, chunk);
    for (const Item& item : chunk) lanes.stopped_running(item.lane);
    add_run();
  }
  lanes.clear([](Item&&) {});
  state.SetItemsProcessed(state.iterations() * kRun);
}
BENCHMARK(through_lanes_of_keys)
    ->Args({0, 1'000'000})
    ->Args({20'000, 1'000'000})
    ->Args({200'000, 1'000'000})
    ->Args({20'000, 5'000})
    ->Args({20'000, 100});

}  // namespace
}  // namespace tidegate
