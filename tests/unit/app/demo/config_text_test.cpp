// SPDX-License-Identifier: Apache-2.0
#include "host/app/demo/config_text.hpp"

#include <gtest/gtest.h>

#include "host/base/config/load.hpp"

namespace tidegate::demo {
namespace {

DemoSetup setup() {
  DemoSetup setup;
  setup.bootstrap_servers = "127.0.0.1:1001,127.0.0.1:1002";
  setup.topic = "t";
  setup.group_id = "g";
  setup.plugin = "/plugins/fl\"aky.so";
  setup.state_dir = "/tmp/state";
  return setup;
}

config::LoadResult load(const DemoSetup& with) {
  return config::load_text(config_text(with), "demo.toml", "/", {}, config::process_environment());
}

TEST(DemoConfig, IsWhatAnOperatorCouldWrite) {
  const config::LoadResult loaded = load(setup());
  for (const auto& finding : loaded.findings) ADD_FAILURE() << config::render(finding);
  ASSERT_TRUE(loaded.host.has_value());
  const config::Pipeline& pipeline = loaded.host->pipelines.at(0);
  EXPECT_EQ(pipeline.cluster.bootstrap_servers,
            (std::vector<std::string>{"127.0.0.1:1001", "127.0.0.1:1002"}));
  EXPECT_EQ(pipeline.topics, std::vector<std::string>{"t"});
  EXPECT_EQ(pipeline.group_id, "g");
  EXPECT_EQ(pipeline.plugin.path, "/plugins/fl\"aky.so");
  EXPECT_EQ(pipeline.plugin.config_json, "{}");
  EXPECT_EQ(loaded.host->state_dir, "/tmp/state");
}

TEST(DemoConfig, CarriesThePluginsAndTheConsumersOwnLines) {
  DemoSetup with = setup();
  with.plugin_config = "seed = 7\n";
  with.consumer = "\"fetch.wait.max.ms\" = \"10\"\n";
  const config::LoadResult loaded = load(with);
  ASSERT_TRUE(loaded.host.has_value());
  EXPECT_EQ(loaded.host->pipelines.at(0).plugin.config_json, "{\"seed\":7}");
  EXPECT_EQ(loaded.host->pipelines.at(0).consumer.at("fetch.wait.max.ms"), "10");
}

}  // namespace
}  // namespace tidegate::demo
