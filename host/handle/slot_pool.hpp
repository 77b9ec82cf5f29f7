// SPDX-License-Identifier: Apache-2.0
//
// The handler slots of one pipeline: `concurrency` threads, each with a plugin instance of its own,
// or sharing one where the plugin says it is thread-safe, here or in a worker process; and the
// queue that feeds them. Thread rule: construct, start, join on [main]; check_deadlines on one
// [poll] thread; the rest [any].
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/base/config/model.hpp"
#include "host/base/metrics/snapshot.hpp"
#include "host/handle/isolation.hpp"

namespace tidegate {

class SlotPool {
 public:
  // Makes the instances; throws PluginRefused when the plugin's create fails.
  SlotPool(const PluginFacts& plugin, const config::Pipeline& pipeline,
           const std::filesystem::path& state_dir, PluginMetrics& plugin_metrics,
           const Clock& clock);
  // Joins the slots. REQUIRES: no handler call is stuck.
  ~SlotPool();
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;

  void start();
  // Ends the slots once the queue is empty, and waits for them.
  void join();

  [[nodiscard]] ReadyQueue& queue() { return queue_; }
  [[nodiscard]] std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }
  // Messages of one handle_batch call; 1 when the plugin has none.
  [[nodiscard]] std::uint32_t batch_messages() const;

  // The calls that run now.
  [[nodiscard]] std::vector<CallInfo> running() const;
  // Adds the slots' figures to a snapshot.
  void add_to(metrics::PipelineSnapshot& snapshot) const;

 private:
  const Clock& clock_;
  const std::string pipeline_;
  CallPolicy policy_;
  std::unique_ptr<Isolation> isolation_;
  ReadyQueue queue_;
  std::vector<std::unique_ptr<ChunkWorker>> slots_;
  std::vector<std::jthread> threads_;  // last: joined before what they use goes away
};

}  // namespace tidegate
