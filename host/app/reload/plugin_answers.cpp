// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/plugin_answers.hpp"

#include <chrono>
#include <system_error>

#include "host/handle/swap/plugin_source.hpp"

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
      return ReloadResult{.what = metrics::PluginReload::unchanged,
                          .proved = read_and_prove(pipeline, state_dir)};
    } catch (const std::exception& error) {
      return ReloadResult{.problem = error.what()};
    }
  };
  try {
    return std::async(std::launch::async, prove);
  } catch (const std::system_error& error) {  // no more threads
    std::promise<ReloadResult> refused;
    refused.set_value({.problem = std::string("it could not be tried: ") + error.what()});
    return refused.get_future();
  }
}

}  // namespace tidegate
