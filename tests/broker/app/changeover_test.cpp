// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/changeover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <stdexcept>

#include "tests/fakes/look_again.hpp"
#include "tests/fakes/made_pipelines.hpp"
#include "tests/fakes/mock_kafka.hpp"

namespace tidegate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Wanted = Changeover::Wanted;

constexpr std::uint32_t kCannotBeMade = 13;  // so many slots

bool eventually(const std::function<bool()>& holds, std::chrono::seconds deadline) {
  const MonotonicTime until = system_clock().now() + deadline;
  while (!holds() && system_clock().now() < until) fakes::look_again();
  return holds();
}

class ChangeoverTest : public ::testing::Test {
 protected:
  ChangeoverTest() {
    kafka.create_topic("t", 2);
    for (const char* name : {"orders", "bills"}) {
      set.put(pipelines.make(name));
      EXPECT_TRUE(set.start(name));
    }
  }
  ~ChangeoverTest() override {
    set.close();
    for (const auto& pipeline : set.all()) {
      pipeline->request_stop(system_clock().now());
      EXPECT_TRUE(pipeline->wait_stopped(system_clock().now() + std::chrono::minutes(1)));
    }
  }
  [[nodiscard]] config::Pipeline with_slots(const std::string& name, std::uint32_t slots) const {
    config::Pipeline config = pipelines.config(name);
    config.concurrency = slots;
    return config;
  }
  std::vector<std::string> run(std::vector<Wanted> all) {
    std::vector<std::string> said;
    results = changeover.run(std::move(all));
    for (const auto& result : results)
      said.push_back(result.pipeline + " " + std::string(name(result.what)));
    return said;
  }
  // It starts, and has failed when it has spoken to its brokers.
  [[nodiscard]] config::Pipeline that_fails(const std::string& name) const {
    config::Pipeline config = with_slots(name, 2);
    config.group_id = "never-seen";
    config.start_offset.kind = config::StartOffset::Kind::error;
    return config;
  }
  [[nodiscard]] config::Pipeline in_group(const std::string& name, const std::string& group) const {
    config::Pipeline config = pipelines.config(name);
    config.group_id = group;
    return config;
  }
  [[nodiscard]] bool runs_with(const std::string& name, std::uint32_t slots) const {
    const auto pipeline = set.find(name);
    return pipeline && pipeline->runs() && pipeline->config().concurrency == slots;
  }
  [[nodiscard]] metrics::PipelineState state(std::size_t place) const {
    return set.pictures().pipelines.at(place).state;
  }
  [[nodiscard]] std::uint32_t slots(const std::string& name) const {
    return set.find(name)->config().concurrency;
  }

  fakes::MockKafka kafka;
  MadePipelines pipelines{kafka.bootstrap()};
  PipelineSet set{pipelines.metrics()};
  std::vector<std::string> made;
  std::atomic<int> makes{0};  // of them, for a test that looks on
  std::function<void(const config::Pipeline&)> on_make = [](const auto&) {};
  std::vector<ChangedPipeline> results;
  Changeover changeover{set, [this](PipelineDefinition definition) {
                          made.push_back(definition.config.name);
                          ++makes;
                          on_make(definition.config);
                          if (definition.config.concurrency >= kCannotBeMade)
                            throw std::runtime_error("no such slots");
                          return pipelines.make(std::move(definition));
                        }};
};

TEST_F(ChangeoverTest, ChangesAddsAndRemovesAndLeavesTheOthersAlone) {
  const auto* const kept = set.find("bills").get();
  set.put(pipelines.make("faxes"));
  EXPECT_TRUE(set.start("faxes"));
  EXPECT_THAT(run({{"orders", with_slots("orders", 3)},
                   {"faxes", std::nullopt},
                   {"mails", pipelines.config("mails")}}),
              ElementsAre("orders changed", "faxes removed", "mails added"));
  EXPECT_EQ(slots("orders"), 3U);
  EXPECT_EQ(set.find("faxes"), nullptr);
  EXPECT_TRUE(set.find("mails")->runs());
  EXPECT_EQ(set.find("bills").get(), kept);
  EXPECT_THAT(made, ElementsAre("orders", "mails"));
}

TEST_F(ChangeoverTest, WhatCannotBeMadeIsMadeAgainAsItWas) {
  EXPECT_THAT(
      run({{"orders", with_slots("orders", kCannotBeMade)}, {"bills", with_slots("bills", 2)}}),
      ElementsAre("orders rolled_back", "bills changed"));
  EXPECT_EQ(results.at(0).why, "no such slots");
  EXPECT_EQ(results.at(0).runs, pipelines.config("orders"));
  EXPECT_EQ(slots("orders"), 1U);
  EXPECT_TRUE(set.find("orders")->runs());
  EXPECT_EQ(slots("bills"), 2U);
}

TEST_F(ChangeoverTest, WhatWasNotThereHasNothingToFallBackTo) {
  EXPECT_THAT(run({{"mails", with_slots("mails", kCannotBeMade)}}), ElementsAre("mails failed"));
  EXPECT_EQ(set.pictures().pipelines.at(2).failure, "no such slots");
  EXPECT_THAT(run({{"mails", with_slots("mails", 2)}}), ElementsAre("mails added"));
  EXPECT_EQ(state(2), metrics::PipelineState::running);
}

TEST_F(ChangeoverTest, AnOperatorsPauseOutlivesAChange) {
  EXPECT_TRUE(set.find("orders")->pause());
  run({{"orders", with_slots("orders", 2)}, {"bills", with_slots("bills", 2)}});
  EXPECT_TRUE(set.find("orders")->snapshot().paused_by_operator);
  EXPECT_FALSE(set.find("bills")->snapshot().paused_by_operator);
}

TEST_F(ChangeoverTest, NothingFallsBackToAGroupThatAnotherOneHasNow) {
  config::Pipeline orders = in_group("orders", "bills");
  orders.concurrency = kCannotBeMade;
  EXPECT_THAT(run({{"orders", orders}, {"bills", in_group("bills", "orders")}}),
              ElementsAre("orders failed", "bills changed"));
  EXPECT_EQ(results.at(0).why,
            "no such slots; then: group \"orders\" is that of pipeline bills now");
  EXPECT_EQ(set.find("orders"), nullptr);
  EXPECT_TRUE(set.find("bills")->runs());
}

TEST_F(ChangeoverTest, WhatFallsBackTogetherSwapsItsGroupsBack) {
  config::Pipeline orders = in_group("orders", "bills");
  config::Pipeline bills = in_group("bills", "orders");
  orders.concurrency = bills.concurrency = kCannotBeMade;
  EXPECT_THAT(run({{"orders", orders}, {"bills", bills}}),
              ElementsAre("orders rolled_back", "bills rolled_back"));
  EXPECT_EQ(set.find("orders")->config().group_id, "orders");
  EXPECT_EQ(set.find("bills")->config().group_id, "bills");
}

TEST_F(ChangeoverTest, WhatFailsFallsBackWhileAnotherOneWaitsForItsBrokers) {
  config::Pipeline waits = with_slots("orders", 2);
  waits.cluster.bootstrap_servers = {"127.0.0.1:9"};
  const auto ran = std::async(std::launch::async, [&] {
    return run({{"orders", waits}, {"bills", that_fails("bills")}});
  });
  EXPECT_TRUE(
      eventually([&] { return makes >= 3 && runs_with("bills", 1); }, std::chrono::seconds(10)))
      << "the first one may wait for 15 seconds";
  ran.wait();
  EXPECT_EQ(name(results.at(0).what), "changed");
  EXPECT_EQ(name(results.at(1).what), "rolled_back");
  EXPECT_THAT(results.at(1).why, HasSubstr("has no position"));
}

TEST_F(ChangeoverTest, AnOperatorsPauseOfWhatThenFailsOutlivesTheFallBack) {
  on_make = [&](const config::Pipeline& config) {
    if (config.concurrency == 2) kafka.take_down(1);
  };
  const auto ran = std::async(std::launch::async, [&] {
    return run({{"orders", that_fails("orders")}});
  });
  ASSERT_TRUE(eventually([&] { return runs_with("orders", 2); }, std::chrono::seconds(10)));
  EXPECT_TRUE(set.find("orders")->pause());
  kafka.bring_up(1);
  ran.wait();
  EXPECT_EQ(name(results.at(0).what), "rolled_back");
  EXPECT_TRUE(runs_with("orders", 1));
  EXPECT_TRUE(set.find("orders")->snapshot().paused_by_operator);
}

TEST_F(ChangeoverTest, AVersionThatComesWithOtherKeysIsOnProbation) {
  Wanted wanted{"orders", with_slots("orders", 2), {}};
  wanted.config->plugin.path = test_plugin("plain_again");
  EXPECT_THAT(run({wanted, {"bills", with_slots("bills", 2), {}}}),
              ElementsAre("orders changed", "bills changed"));
  EXPECT_TRUE(set.find("orders")->snapshot().plugin.on_probation);
  EXPECT_FALSE(set.find("bills")->snapshot().plugin.on_probation) << "it has the same one";
  wanted.config->concurrency = 3;
  EXPECT_THAT(run({wanted}), ElementsAre("orders changed"));
  EXPECT_TRUE(set.find("orders")->snapshot().plugin.on_probation) << "still";
}

TEST_F(ChangeoverTest, AHostThatStopsStartsNothing) {
  set.close();
  EXPECT_THAT(run({{"orders", with_slots("orders", 2)}, {"mails", pipelines.config("mails")}}),
              ElementsAre("orders failed", "mails failed"));
  EXPECT_THAT(results.at(0).why, HasSubstr("the host stops"));
  EXPECT_THAT(made, IsEmpty());
}

}  // namespace
}  // namespace tidegate
