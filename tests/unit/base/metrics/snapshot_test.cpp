// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/snapshot.hpp"

#include <gtest/gtest.h>

namespace tidegate::metrics {
namespace {

TopicSnapshot topic(const std::string& name, std::uint64_t consumed) {
  TopicSnapshot t;
  t.topic = name;
  t.consumed = consumed;
  t.assigned_partitions = 1;
  return t;
}

ConsumerSnapshot sum(const std::vector<ConsumerSnapshot>& parts) {
  ConsumerSnapshot totals;
  for (const auto& part : parts) add(totals, part);
  return totals;
}

TEST(SnapshotAdd, JoinsTopicsByName) {
  ConsumerSnapshot a;
  a.topics = {topic("orders", 3), topic("returns", 1)};
  ConsumerSnapshot b;
  b.topics = {topic("returns", 5)};
  const auto totals = sum({a, b});
  ASSERT_EQ(totals.topics.size(), 2U);
  EXPECT_EQ(totals.topics[0].consumed, 3U);
  EXPECT_EQ(totals.topics[1].topic, "returns");
  EXPECT_EQ(totals.topics[1].consumed, 6U);
  EXPECT_EQ(totals.topics[1].assigned_partitions, 2U);
}

TEST(SnapshotAdd, SumsEveryTermOfTheLedger) {
  ConsumerSnapshot part;
  part.topics = {topic("orders", 10)};
  part.topics[0].finished = {4, 0, 0, 1, 2};
  part.topics[0].given_back = {1, 1};
  part.topics[0].in_flight = 1;
  part.in_flight = 1;
  const auto totals = sum({part, part, part});
  const auto& orders = totals.topics.at(0);
  std::uint64_t explained = orders.in_flight;
  for (const auto count : orders.finished) explained += count;
  for (const auto count : orders.given_back) explained += count;
  EXPECT_EQ(orders.consumed, 30U);
  EXPECT_EQ(explained, orders.consumed);
  EXPECT_EQ(totals.in_flight, 3U);
}

TEST(SnapshotAdd, LagIsUnknownOnlyWhereNoPartKnowsIt) {
  ConsumerSnapshot unknown;
  unknown.topics = {topic("orders", 0)};
  auto known = unknown;
  known.topics[0].lag_messages = 7;
  known.topics[0].lag_seconds = 2.5;
  EXPECT_FALSE(sum({unknown, unknown}).topics[0].lag_messages.has_value());
  EXPECT_FALSE(sum({unknown, unknown}).topics[0].lag_seconds.has_value());
  EXPECT_EQ(sum({unknown, known}).topics[0].lag_messages, 7);
  EXPECT_EQ(sum({known, unknown}).topics[0].lag_seconds, 2.5);
}

TEST(SnapshotAdd, LagIsSummedInMessagesAndTheOldestInSeconds) {
  ConsumerSnapshot a;
  a.topics = {topic("orders", 0)};
  a.topics[0].lag_messages = 7;
  a.topics[0].lag_seconds = 2.5;
  auto b = a;
  b.topics[0].lag_messages = 4;
  b.topics[0].lag_seconds = 9.0;
  const auto totals = sum({a, b});
  EXPECT_EQ(totals.topics[0].lag_messages, 11);
  EXPECT_EQ(totals.topics[0].lag_seconds, 9.0);
}

TEST(SnapshotAdd, HasAnAssignmentAndIsCaughtUpOnlyWhenEveryConsumerIs) {
  ConsumerSnapshot yes;
  yes.has_assignment = true;
  yes.caught_up = true;
  const ConsumerSnapshot no;
  EXPECT_FALSE(sum({}).has_assignment);
  EXPECT_TRUE(sum({yes, yes}).has_assignment);
  EXPECT_TRUE(sum({yes, yes}).caught_up);
  for (const auto& parts :
       {std::vector{yes, no}, std::vector{no, yes}, std::vector{yes, no, yes}}) {
    EXPECT_FALSE(sum(parts).has_assignment);
    EXPECT_FALSE(sum(parts).caught_up);
  }
}

TEST(SnapshotAdd, KeepsTheNewestCommitAndSumsErrorsByName) {
  ConsumerSnapshot a;
  a.last_commit_unix_seconds = 20;
  a.kafka_errors = {{"_TRANSPORT", 2}};
  ConsumerSnapshot b;
  b.last_commit_unix_seconds = 10;
  b.kafka_errors = {{"_TRANSPORT", 1}, {"_RESOLVE", 4}};
  const auto totals = sum({a, b});
  EXPECT_EQ(totals.last_commit_unix_seconds, 20);
  EXPECT_EQ(totals.kafka_errors.at("_TRANSPORT"), 3U);
  EXPECT_EQ(totals.kafka_errors.at("_RESOLVE"), 4U);
}

}  // namespace
}  // namespace tidegate::metrics
