// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/target.hpp"

#include <gtest/gtest.h>

#include "host/app/dlq/destinations.hpp"

namespace tidegate::dlq {
namespace {

config::Host two_pipelines() {
  config::Host host;
  for (const char* name : {"orders", "billing"}) {
    config::Pipeline pipeline;
    pipeline.name = name;
    pipeline.group_id = std::string("group-") + name;
    pipeline.topics = {"v1"};
    pipeline.cluster.bootstrap_servers = {"a:1", "b:2"};
    pipeline.dead_letter.topic = pipeline.group_id + ".dlq";
    pipeline.consumer = {{"sasl.username", "me"}};
    host.pipelines.push_back(pipeline);
  }
  return host;
}

TEST(Targets, AreAllDeadLettersOfAConfigurationOrOne) {
  const auto all = targets_of(two_pipelines(), "");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].topic, "group-orders.dlq");
  EXPECT_EQ(all[0].group, "group-orders");
  EXPECT_EQ(all[0].sources, std::vector<std::string>{"v1"});
  EXPECT_EQ(all[0].consumer.at("sasl.username"), "me");
  const auto one = targets_of(two_pipelines(), "billing");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].pipeline, "billing");
}

TEST(Targets, WithoutADeadLetterThereIsNone) {
  config::Host host = two_pipelines();
  EXPECT_THROW((void)targets_of(host, "nobody"), BadUsage);
  host.pipelines[0].dead_letter.enabled = false;
  EXPECT_EQ(targets_of(host, "").size(), 1U);
  EXPECT_THROW((void)targets_of(host, "orders"), BadUsage);
}

TEST(Targets, ProgressBelongsToTheGroup) {
  EXPECT_EQ(progress_group("orders", ""), "orders.dlq-replay");
  EXPECT_EQ(progress_group("orders", "mine"), "orders.dlq-replay.mine");
}

TEST(Destinations, WhatIsOlderThanTheRetentionWouldBeDeletedAtOnce) {
  const Destination keeps{.topic = "t", .partitions = 1, .retention_ms = {}};
  const Destination deletes{.topic = "t", .partitions = 1, .retention_ms = 1'000};
  EXPECT_FALSE(is_too_old(keeps, 0, 1'000'000));
  EXPECT_TRUE(is_too_old(deletes, 8'999, 10'000));
  EXPECT_FALSE(is_too_old(deletes, 9'000, 10'000));
  EXPECT_FALSE(is_too_old(deletes, -1, 10'000)) << "without a time it is written now";
}

}  // namespace
}  // namespace tidegate::dlq
