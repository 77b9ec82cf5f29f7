// SPDX-License-Identifier: Apache-2.0
//
// What a pipeline is made of, in the order in which it is made. Thread rule: as Pipeline.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

#include "host/app/pipeline.hpp"
#include "host/consume/consumer.hpp"
#include "host/handle/deadline_watch.hpp"
#include "host/handle/slot_pool.hpp"
#include "host/handle/swap/hot_swap.hpp"
#include "host/handle/swap/plugin_source.hpp"
#include "host/handle/swap/swap_thread.hpp"

namespace tidegate {

struct Pipeline::Parts {
  // Throws as Pipeline's constructor.
  Parts(PipelineDefinition definition, const std::filesystem::path& state_dir,
        PluginMetrics& plugin_metrics, TopicAdmin& admin);

  [[nodiscard]] bool all_done() const;

  const config::Pipeline config;
  PluginFiles plugins;
  const PluginFacts first_plugin;
  SlotPool slots;
  DeadlineWatch watch;
  GroupHistory history;
  DeadLetterLimiter limiter;
  PauseSwitch pause;
  GroupTopics topics;
  std::vector<std::unique_ptr<Consumer>> consumers;
  HotSwap swap;
  std::atomic<bool> started{false};
  std::atomic<bool> stop_requested{false};
  std::atomic<bool> joined{false};
  SwapThread swap_thread;
};

}  // namespace tidegate
