// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/plugin_answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/no_threads.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

class ProvePluginTest : public ::testing::Test {
 protected:
  ProvePluginTest() {
    pipeline.name = "orders";
    pipeline.plugin.path = test_plugin("plain");
    pipeline.plugin.config_json = "{}";
    pipeline.plugin.probe_timeout = std::chrono::seconds(60);
  }
  const ScratchFolder scratch;
  config::Pipeline pipeline;
};

TEST_F(ProvePluginTest, WhatWasProvedIsThereToBeRun) {
  const ReloadResult result = prove_plugin(pipeline, scratch.path()).get();
  ASSERT_TRUE(result.proved.has_value()) << result.problem;
  EXPECT_TRUE(std::filesystem::exists(result.proved->copy));
}

TEST_F(ProvePluginTest, WhatCannotBeTriedIsRefused) {
  std::future<ReloadResult> answer;
  {
    const fakes::NoThreads none;
    answer = prove_plugin(pipeline, scratch.path());
  }
  const ReloadResult result = answer.get();
  EXPECT_EQ(result.what, metrics::PluginReload::refused);
  EXPECT_THAT(result.problem, testing::HasSubstr("it could not be tried"));
}

}  // namespace
}  // namespace tidegate
