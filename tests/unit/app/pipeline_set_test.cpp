// SPDX-License-Identifier: Apache-2.0
#include "host/app/pipeline_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

#include "tests/fakes/made_pipelines.hpp"

namespace tidegate {
namespace {

using State = metrics::PipelineState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PipelineSetTest : public ::testing::Test {
 protected:
  std::vector<std::string> said() const {
    std::vector<std::string> lines;
    for (const auto& picture : set.pictures().pipelines)
      lines.push_back(picture.name + " " + std::string(metrics::name(picture.state)));
    return lines;
  }
  MadePipelines pipelines;
  PipelineSet set{pipelines.metrics()};
};

TEST_F(PipelineSetTest, OneThatIsMadeAnewStaysInItsPlaceWithItsName) {
  set.put(pipelines.make("orders"));
  set.put(pipelines.make("bills"));
  set.take_out("orders");
  EXPECT_EQ(set.find("orders"), nullptr);
  EXPECT_EQ(set.all().size(), 1U);
  EXPECT_THAT(said(), ElementsAre("orders starting", "bills starting"));
  set.put(pipelines.make("orders"));
  EXPECT_EQ(set.find("orders")->config().name, "orders");
  EXPECT_THAT(said(), ElementsAre("orders starting", "bills starting"));
}

TEST_F(PipelineSetTest, OneThatIsGivenUpIsFailedUntilItHasASuccessor) {
  set.put(pipelines.make("orders"));
  set.fail("orders", "stuck");  // and left where it is
  EXPECT_NE(set.find("orders"), nullptr);
  EXPECT_EQ(set.pictures().pipelines.at(0).failure, "stuck");
  set.take_out("orders");
  set.fail("never made", "no plugin");
  EXPECT_THAT(said(), ElementsAre("orders failed", "never made failed"));
  set.put(pipelines.make("orders"));
  EXPECT_THAT(said(), ElementsAre("orders starting", "never made failed"));
}

TEST_F(PipelineSetTest, OneThatWasRemovedIsForgotten) {
  set.put(pipelines.make("orders"));
  set.take_out("orders");
  set.erase("orders");
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(PipelineSetTest, WhatAPluginCountedIsKeptForASuccessorAndForgottenWithItsPipeline) {
  PluginMetrics& metrics = pipelines.metrics();
  set.put(pipelines.make("orders"));
  metrics.define("orders", TIDEGATE_METRIC_COUNTER, "seen_total", "Help.").series->record(2);
  metrics.define("orders", TIDEGATE_METRIC_GAUGE, "level", "Help.").series->record(2);
  set.take_out("orders");
  ASSERT_EQ(metrics.collect().size(), 1U);
  EXPECT_EQ(metrics.collect()[0].name, "tidegate_plugin_seen_total");
  set.erase("orders");
  EXPECT_TRUE(metrics.collect().empty());
}

TEST_F(PipelineSetTest, NothingIsDestroyedWhileSomebodyAsksIt) {
  set.put(pipelines.make("orders"));
  PipelineSet::Shared shared = set.find("orders");
  const auto taken = std::async(std::launch::async, [this] { set.take_out("orders"); });
  while (set.find("orders")) std::this_thread::yield();
  // Time enough for one that would not wait: it has nothing else to do any more.
  EXPECT_EQ(taken.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  EXPECT_EQ(shared->snapshot().name, "orders");
  shared.reset();
  taken.wait();
}

TEST_F(PipelineSetTest, NothingStartsWhenItIsClosed) {
  set.put(pipelines.make("orders"));
  set.close();
  ASSERT_FALSE(set.start("orders"));
  set.take_out("orders");
  EXPECT_THAT(said(), ElementsAre("orders stopped"));
}

TEST_F(PipelineSetTest, PicturesSayThatItChanges) {
  EXPECT_FALSE(set.pictures().changing);
  {
    const PipelineSet::Changing changing(set);
    EXPECT_TRUE(set.pictures().changing);
  }
  EXPECT_FALSE(set.pictures().changing);
}

}  // namespace
}  // namespace tidegate
