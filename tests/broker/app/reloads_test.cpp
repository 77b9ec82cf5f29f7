// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/reloads.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/made_pipelines.hpp"
#include "tests/fakes/mock_kafka.hpp"

namespace tidegate {
namespace {

class ReloadsTest : public ::testing::Test {
 protected:
  ReloadsTest() {
    kafka.create_topic("t", 1);
    config.pipelines = {pipelines.config("orders")};
    config.pipelines.front().plugin.path = file;
    deploy("plain");
    set.put(pipelines.make({.config = config.pipelines.front()}));
    EXPECT_TRUE(set.start("orders"));
  }
  ~ReloadsTest() override {
    set.close();
    for (const auto& pipeline : set.all()) {
      pipeline->request_stop(system_clock().now());
      EXPECT_TRUE(pipeline->wait_stopped(system_clock().now() + std::chrono::minutes(1)));
    }
  }
  void deploy(const std::string& name) const { write_file(file, read_file(test_plugin(name))); }
  [[nodiscard]] std::string sha256() const { return set.find("orders")->snapshot().plugin.sha256; }

  const ScratchFolder scratch;
  const std::filesystem::path file = scratch.path() / "orders.so";
  fakes::MockKafka kafka;
  MadePipelines pipelines{kafka.bootstrap()};
  PipelineSet set{pipelines.metrics()};
  config::Host config;
};

TEST_F(ReloadsTest, APipelineThatIsMadeAnewRunsWhatWasProved) {
  const std::string proved = sha256();
  config::Host wanted = config;
  wanted.pipelines.front().concurrency = 2;
  const auto reread = [&] { return config::LoadResult{wanted, {}, {}, {}}; };
  Reloads reloads(config, reread, set, [&](PipelineDefinition definition) {
    deploy("plain_again");  // after the proof, while the others drained
    return pipelines.make(std::move(definition));
  });
  reloads.start();
  EXPECT_EQ(problems_of(reloads.begin_all().get()), "");
  EXPECT_EQ(set.find("orders")->config().concurrency, 2U);
  EXPECT_EQ(sha256(), proved);
  set.close();
}

}  // namespace
}  // namespace tidegate
