// SPDX-License-Identifier: Apache-2.0
#include "host/handle/swap/plugin_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "host/handle/plugin/plugin_metrics.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// One plugin file, deployed as the test says.
class PluginFilesTest : public testing::Test {
 protected:
  PluginFilesTest() {
    pipeline_.name = "orders";
    pipeline_.concurrency = 2;
    pipeline_.plugin.path = scratch_.path() / "orders.so";
    pipeline_.plugin.config_json = "{}";
    pipeline_.plugin.probe_timeout = std::chrono::seconds(60);
  }
  void deploy(const std::string& name) {
    write_file(pipeline_.plugin.path, read_file(test_plugin(name)));
  }
  PluginFiles files() { return {pipeline_, scratch_.path() / "state", metrics_, system_clock()}; }
  std::string refused() {
    PluginFiles source = files();
    const PluginFacts facts = source.read(pipeline_.plugin);
    return refused_text([&] { source.prove(pipeline_.plugin, facts); });
  }
  const ScratchFolder scratch_;
  config::Pipeline pipeline_;
  PluginMetrics metrics_;
};

TEST_F(PluginFilesTest, WhatIsProvedIsMade) {
  deploy("plain");
  PluginFiles source = files();
  const PluginFacts facts = source.read(pipeline_.plugin);
  source.prove(pipeline_.plugin, facts);
  const auto generation = source.make(7, facts, pipeline_.plugin);
  EXPECT_EQ(generation->slots(), 2U);
  EXPECT_EQ(generation->version()->generation, 7U);
  EXPECT_EQ(generation->version()->sha256, facts.sha256);
}

TEST_F(PluginFilesTest, WhatAbortsWhenItIsLoadedDoesNotReachThisProcess) {
  deploy("ctor_aborts");
  EXPECT_THAT(refused(), AllOf(StartsWith("probe_crashed"), HasSubstr("SIGABRT")));
}

TEST_F(PluginFilesTest, WhatBecameAnotherFileMeanwhileIsNotProved) {
  deploy("plain");
  PluginFiles source = files();
  const PluginFacts facts = source.read(pipeline_.plugin);
  deploy("plain_again");
  EXPECT_THAT(refused_text([&] { source.prove(pipeline_.plugin, facts); }),
              AllOf(StartsWith("damaged"), HasSubstr("reload once more")));
}

}  // namespace
}  // namespace tidegate
