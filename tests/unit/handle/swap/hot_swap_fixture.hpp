// SPDX-License-Identifier: Apache-2.0
//
// A hot swap over versions that are figures. Thread rule: the test's thread.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "host/handle/swap/hot_swap.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_generation.hpp"

namespace tidegate {

inline config::Pipeline swap_pipeline() {
  config::Pipeline pipeline;
  pipeline.name = "orders";
  pipeline.plugin.path = "orders.so";
  pipeline.plugin.config_json = "{}";
  pipeline.plugin.probation = {std::chrono::seconds(60), 10'000, 0.1};
  return pipeline;
}

class HotSwapTest : public ::testing::Test {
 protected:
  using What = metrics::PluginReload;

  [[nodiscard]] std::string version() const { return pool.plugin().get()->version; }
  [[nodiscard]] metrics::PluginSnapshot told() const {
    metrics::PipelineSnapshot snapshot;
    swap.add_to(snapshot);
    return snapshot.plugin;
  }
  [[nodiscard]] std::uint64_t count(What what) const {
    return told().reloads[static_cast<std::size_t>(what)];
  }
  ReloadResult deploy(const std::string& version) {
    source.file = version;
    return swap.reload();
  }
  // The version that handles has answered so many calls.
  void calls(std::uint64_t ok, std::uint64_t failed) {
    SlotStats& stats = source.lives.back()->worker->counted;
    stats.count_calls(ErrorKind::none, ok);
    stats.count_calls(ErrorKind::returned_false, failed);
  }

  const config::Pipeline pipeline = swap_pipeline();
  fakes::FakeClock clock;
  fakes::FakeSource source{2};
  DeadLetterLimiter limiter{0.5, 0};
  SlotPool pool{source.make(1, fakes::facts("1.0"), pipeline.plugin), clock};
  HotSwap swap{pipeline, fakes::facts("1.0"), pool, source, limiter, clock};
};

}  // namespace tidegate
