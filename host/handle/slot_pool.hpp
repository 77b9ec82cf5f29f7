// SPDX-License-Identifier: Apache-2.0
//
// The handler slots of one pipeline: `concurrency` threads, each with a plugin instance of its own,
// or sharing one where the plugin says it is thread-safe; and the queue that feeds them. Thread
// rule: construct, start, join on [main]; check_deadlines on one [poll] thread; the rest [any].
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/base/config/model.hpp"
#include "host/base/metrics/snapshot.hpp"
#include "host/handle/plugin/plugin_instance.hpp"
#include "host/handle/plugin/plugin_library.hpp"
#include "host/handle/ready_queue.hpp"
#include "host/handle/slot.hpp"

namespace tidegate {

class SlotPool {
 public:
  // Makes the instances; throws PluginRefused when the plugin's create fails.
  SlotPool(std::shared_ptr<const PluginLibrary> library, const config::Pipeline& pipeline,
           PluginMetrics& plugin_metrics, const Clock& clock);
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
  std::shared_ptr<const PluginLibrary> library_;
  const Clock& clock_;
  const std::string pipeline_;
  CallPolicy policy_;
  std::vector<std::unique_ptr<PluginInstance>> instances_;
  ReadyQueue queue_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::jthread> threads_;  // last: joined before what they use goes away
};

}  // namespace tidegate
