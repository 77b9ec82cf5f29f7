// SPDX-License-Identifier: Apache-2.0
//
// What it costs to hand a chunk from one thread to another and to claim its messages. Divide by the
// messages of a chunk for the cost per message.
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <semaphore>
#include <thread>

#include "host/handle/chunk.hpp"
#include "host/handle/ready_queue.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kOut = 32;  // chunks under way at once

// The slot is mostly busy: no wake-up per chunk.
void hand_over_chunks(benchmark::State& state) {
  ReadyQueue queue;
  std::counting_semaphore<kOut> returned(kOut);
  std::jthread slot([&] {
    while (queue.pop() != nullptr) returned.release();
  });
  std::array<Chunk, kOut> chunks;
  std::size_t next = 0;
  for (auto _ : state) {
    returned.acquire();
    queue.push(chunks[next++ % kOut]);
  }
  queue.close();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hand_over_chunks)->UseRealTime();

// Each chunk finds its slot asleep: the price of a wake-up and back.
void hand_over_one_at_a_time(benchmark::State& state) {
  ReadyQueue queue;
  std::binary_semaphore returned(0);
  std::jthread slot([&] {
    while (queue.pop() != nullptr) returned.release();
  });
  Chunk chunk;
  for (auto _ : state) {
    queue.push(chunk);
    returned.acquire();
  }
  queue.close();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hand_over_one_at_a_time)->UseRealTime();

// Arg: messages claimed at once.
void claim(benchmark::State& state) {
  Chunk chunk;
  chunk.items.resize(1'024);
  for (auto _ : state) {
    chunk.open();
    while (chunk.claim(static_cast<std::uint32_t>(state.range(0))).count > 0) {
    }
  }
  state.SetItemsProcessed(state.iterations() * 1'024);
}
BENCHMARK(claim)->Arg(1)->Arg(64);

}  // namespace
}  // namespace tidegate
