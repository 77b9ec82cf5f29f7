// SPDX-License-Identifier: Apache-2.0
#include "host/app/ledger.hpp"

#include <gtest/gtest.h>

namespace tidegate {
namespace {

metrics::TopicSnapshot topic_with_everything(std::uint64_t factor) {
  metrics::TopicSnapshot topic;
  topic.consumed = 1111111 * factor;
  topic.finished = {1000000 * factor, 100000 * factor, 10000 * factor, 1000 * factor, 100 * factor};
  topic.given_back = {4 * factor, 6 * factor};
  topic.in_flight = 1 * factor;
  return topic;
}

TEST(Ledger, NamesEveryOutcomeAndAddsTheTopics) {
  metrics::PipelineSnapshot pipeline;
  pipeline.name = "orders";
  pipeline.state = metrics::PipelineState::stopped;
  pipeline.totals.topics = {topic_with_everything(1), topic_with_everything(2)};
  const Ledger ledger = ledger_of(pipeline);
  EXPECT_EQ(ledger.pipeline, "orders");
  EXPECT_EQ(ledger.state, metrics::PipelineState::stopped);
  EXPECT_EQ(ledger.consumed, 3333333U);
  EXPECT_EQ(ledger.ok, 3000000U);
  EXPECT_EQ(ledger.retried, 300000U);
  EXPECT_EQ(ledger.dead_lettered, 30000U);
  EXPECT_EQ(ledger.dropped, 3000U);
  EXPECT_EQ(ledger.lost, 300U);
  EXPECT_EQ(ledger.given_back, 30U);
  EXPECT_EQ(ledger.in_flight, 3U);
  EXPECT_TRUE(ledger.adds_up());
}

TEST(Ledger, TellsHowManyMessagesAreMissing) {
  Ledger ledger;
  ledger.consumed = 10;
  ledger.ok = 7;
  EXPECT_FALSE(ledger.adds_up());
  EXPECT_EQ(ledger.difference(), 3);
}

TEST(Ledger, TellsHowManyMessagesAreTooMany) {
  Ledger ledger;
  ledger.consumed = 10;
  ledger.dropped = 12;
  EXPECT_FALSE(ledger.adds_up());
  EXPECT_EQ(ledger.difference(), -2);
}

TEST(Ledger, OfNothingAddsUp) { EXPECT_TRUE(ledger_of(metrics::PipelineSnapshot{}).adds_up()); }

}  // namespace
}  // namespace tidegate
