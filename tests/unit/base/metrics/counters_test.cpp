// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/counters.hpp"

#include <gtest/gtest.h>

#include "tests/unit/base/metrics/snapshots.hpp"

namespace tidegate::metrics {
namespace {

// As example_host's, ended: nothing is in flight any more.
PipelineSnapshot ended() {
  PipelineSnapshot pipeline = example_host().pipelines.at(0);
  pipeline.state = PipelineState::stopped;
  TopicSnapshot& topic = pipeline.totals.topics.at(0);
  topic.given_back[1] += topic.in_flight;
  topic.in_flight = pipeline.totals.in_flight = 0;
  pipeline.totals.rebalances_assigned = 1;
  pipeline.totals.caught_up = true;
  pipeline.totals.uncommitted = 3;
  pipeline.totals.brokers_connected = 2;
  pipeline.handler_calls[0] = 86;
  pipeline.plugin.reloads[0] = 2;
  pipeline.plugin.load_failures["not_found"] = 1;
  pipeline.plugin.last_reload = "1.2.0 was swapped in";
  return pipeline;
}

TEST(Counters, WhatAPredecessorHeldIsGoneWithIt) {
  const PipelineSnapshot left = counters_of(ended());
  EXPECT_EQ(left.name, "orders");
  EXPECT_EQ(left.totals.uncommitted, 0U);
  EXPECT_EQ(left.totals.queued, 0U);
  EXPECT_EQ(left.totals.brokers_connected, 0U);
  EXPECT_EQ(left.concurrency, 0U);
  EXPECT_EQ(left.handlers_in_flight, 0U);
  EXPECT_EQ(left.oldest_in_flight_unix_seconds, 0);
  EXPECT_FALSE(left.totals.has_assignment || left.totals.caught_up);
  const TopicSnapshot& topic = left.totals.topics.at(0);
  EXPECT_EQ(topic.assigned_partitions, 0U);
  EXPECT_FALSE(topic.lag_messages || topic.lag_seconds);
  EXPECT_TRUE(topic.partitions.empty());
}

TEST(Counters, WhatItCountedGoesOn) {
  PipelineSnapshot now = example_host().pipelines.at(0);
  now.totals.topics.at(0).topic = "orders.v2";
  add_counters(now, counters_of(ended()));
  ASSERT_EQ(now.totals.topics.size(), 2U);
  EXPECT_EQ(now.totals.topics[0].topic, "orders.v2");
  EXPECT_EQ(now.totals.topics[1].consumed, 100U);
  EXPECT_EQ(now.totals.commits_ok, 10U);
  EXPECT_EQ(now.totals.rebalances_assigned, 1U);
  EXPECT_EQ(now.handler_calls[0], 86U);
  EXPECT_EQ(now.plugin.reloads[0], 2U);
  EXPECT_EQ(now.plugin.load_failures.at("not_found"), 1U);
  EXPECT_EQ(now.plugin.last_reload, "1.2.0 was swapped in");
}

TEST(Counters, WhatIsTrueNowIsNotAskedOfThePredecessors) {
  PipelineSnapshot now = example_host().pipelines.at(0);
  add_counters(now, counters_of(ended()));
  EXPECT_TRUE(now.totals.has_assignment);
  EXPECT_FALSE(now.totals.caught_up);
  EXPECT_EQ(now.totals.topics.at(0).assigned_partitions, 2U);
  EXPECT_EQ(now.totals.in_flight, 12U);
  EXPECT_EQ(now.concurrency, 4U);
}

TEST(Counters, OfThreeInARowTheFirstIsCountedOnce) {
  PipelineSnapshot second = ended();
  add_counters(second, counters_of(ended()));
  PipelineSnapshot third = ended();
  add_counters(third, counters_of(second));
  EXPECT_EQ(third.totals.topics.at(0).consumed, 300U);
  EXPECT_EQ(third.handler_calls[0], 3 * 86U);
}

}  // namespace
}  // namespace tidegate::metrics
