// SPDX-License-Identifier: Apache-2.0
//
// What a message costs on its way through a slot in thread isolation and through the rings to a
// worker process and back, and how long a pipeline stands still when its worker dies. The plugin is
// `noop`, so the difference of the first two is the price of the rings.
#include <benchmark/benchmark.h>
#include <signal.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/handle/chunk_worker.hpp"
#include "host/handle/isolation.hpp"
#include "host/handle/plugin/plugin_metrics.hpp"

namespace tidegate {
namespace {

using namespace std::chrono_literals;

// A folder for private copies, gone with its owner.
class StateDir {
 public:
  StateDir() {
    std::string name = (std::filesystem::temp_directory_path() / "tidegate-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~StateDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  StateDir(const StateDir&) = delete;
  StateDir& operator=(const StateDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// One slot of a pipeline, and a chunk that it handles again and again.
class Bench final : public ChunkReturn {
 public:
  Bench(config::Isolation isolation, std::size_t messages, std::size_t value_bytes) {
    config::Pipeline pipeline;
    pipeline.name = "bench";
    pipeline.isolation = isolation;
    pipeline.concurrency = 1;
    pipeline.plugin.path = TIDEGATE_NOOP_PLUGIN;
    pipeline.plugin.config_json = "{}";
    pipeline.plugin.probe_timeout = 60s;
    isolation_ = make_isolation(prepare_plugin(pipeline.plugin, state_.path()), pipeline, metrics_,
                                system_clock());
    slots_ = isolation_->make_slots();
    chunk_.source = std::make_shared<PartitionSource>();
    chunk_.source->topic = "bench";
    chunk_.home = this;
    const std::string value(value_bytes, 'v');
    for (std::size_t i = 0; i < messages; ++i) {
      chunk_.items.emplace_back();
      chunk_.items.back().message = kafka::HeldMessage::copy_of("a key", value, 1'700'000'000'000);
      chunk_.items.back().offset = Offset{static_cast<std::int64_t>(i)};
    }
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  // All messages; a slot returns a chunk that lasts, as it returns one whose worker died.
  void handle_all() {
    chunk_.open();
    while (chunk_.claimed() < chunk_.items.size() || !chunk_.unattempted.empty()) {
      // As the poll thread would: what was not attempted comes again.
      if (!chunk_.unattempted.empty()) chunk_.open();
      chunk_.unattempted.clear();
      chunk_.failures.clear();
      slots_.front()->work(chunk_);
    }
  }
  [[nodiscard]] pid_t worker() const { return isolation_->workers().pid; }

 private:
  void give_back(Chunk& /*chunk*/) noexcept override {}

  const StateDir state_;
  PluginMetrics metrics_;
  std::unique_ptr<Isolation> isolation_;
  std::vector<std::unique_ptr<ChunkWorker>> slots_;
  Chunk chunk_;
};

constexpr std::size_t kMessages = 1'024;

// Arg: bytes of a message's value. Items are messages.
void handle(benchmark::State& state, config::Isolation isolation) {
  Bench bench(isolation, kMessages, static_cast<std::size_t>(state.range(0)));
  for (int i = 0; i < 20; ++i) bench.handle_all();  // runs have grown to their size
  for (auto _ : state) bench.handle_all();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMessages));
}
BENCHMARK_CAPTURE(handle, in_the_host, config::Isolation::thread)
    ->Arg(100)
    ->Arg(1'024)
    ->UseRealTime();
BENCHMARK_CAPTURE(handle, in_a_worker, config::Isolation::process)
    ->Arg(100)
    ->Arg(1'024)
    ->UseRealTime();

// One message at a time, both sides asleep: what a slow handler pays beside its own time.
void hand_over_and_back(benchmark::State& state) {
  Bench bench(config::Isolation::process, 1, 100);
  for (auto _ : state) bench.handle_all();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hand_over_and_back)->UseRealTime();

// From a worker's death until the first message that the next one has handled.
void restart(benchmark::State& state) {
  Bench bench(config::Isolation::process, 1, 100);
  for (auto _ : state) {
    bench.handle_all();
    // One that dies young is taken for one that cannot start, and waited for.
    std::this_thread::sleep_for(1'200ms);
    const pid_t killed = bench.worker();
    ::kill(killed, SIGKILL);
    const auto begin = std::chrono::steady_clock::now();
    while (bench.worker() == killed) std::this_thread::sleep_for(20us);
    bench.handle_all();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(took.count());
  }
}
BENCHMARK(restart)->UseManualTime()->Iterations(20)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidegate
