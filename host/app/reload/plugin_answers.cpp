// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/plugin_answers.hpp"

#include <chrono>

#include "host/handle/plugin/probe.hpp"

namespace tidegate {
namespace {

// A new version may take long to be ready, but whoever asked should not wait for ever.
constexpr auto kPatience = std::chrono::minutes(5);

ReloadResult not_yet() {
  return {.problem =
              "no answer after 5 minutes; the old version goes on until the new one is "
              "ready, and tidegate status shows what comes of it"};
}

}  // namespace

PluginAnswers::Results PluginAnswers::wait() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  Results results;
  for (auto& [pipeline, answer] : answers_) {
    const bool there = answer.wait_until(until) == std::future_status::ready;
    results.emplace_back(pipeline, there ? answer.get() : not_yet());
  }
  return results;
}

std::future<ReloadResult> prove_plugin(config::Pipeline pipeline, std::filesystem::path state_dir) {
  const auto prove = [pipeline = std::move(pipeline), state_dir = std::move(state_dir)] {
    try {
      (void)probe_plugin(pipeline, state_dir);
      return ReloadResult{.what = metrics::PluginReload::unchanged};
    } catch (const std::exception& error) {
      return ReloadResult{.problem = error.what()};
    }
  };
  return std::async(std::launch::async, prove);
}

}  // namespace tidegate
