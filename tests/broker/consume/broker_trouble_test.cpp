// SPDX-License-Identifier: Apache-2.0
//
// What a consumer does when brokers misbehave (docs/broker-trouble.md): it says so, loses nothing,
// and goes on without a restart. What only a real Kafka can do is in tests/e2e.
#include <gtest/gtest.h>

#include <string>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

using metrics::PauseReason;

constexpr int kToEach = 200;

void produce_to_all(fakes::MockKafka& kafka, const std::string& topic, int from, int to) {
  for (int i = from; i < to; ++i) {
    for (int p = 0; p < kPartitions; ++p) kafka.produce(topic, p, "k", std::to_string(i));
  }
  kafka.flush();
}

std::uint64_t errors(const Rig& rig, const std::string& name) {
  const auto all = rig.snapshot().kafka_errors;
  const auto found = all.find(name);
  return found == all.end() ? 0 : found->second;
}

void expect_all_committed(fakes::MockKafka& kafka, const std::string& topic, int each) {
  for (int p = 0; p < kPartitions; ++p) EXPECT_EQ(kafka.committed("g-" + topic, topic, p), each);
}

class CommitTrouble : public ::testing::TestWithParam<rd_kafka_resp_err_t> {};

TEST_P(CommitTrouble, IsCountedAndThePositionIsSentAgain) {
  fakes::MockKafka kafka;
  kafka.create_topic("commits", kPartitions);
  Rig rig(kafka, pipeline_on(kafka, "commits"), ok);
  ASSERT_TRUE(eventually([&] { return rig.snapshot().has_assignment; }));
  kafka.fail(Request::offset_commit, GetParam(), 3);
  produce_to_all(kafka, "commits", 0, kToEach);
  EXPECT_TRUE(eventually([&] {
    const auto snapshot = rig.snapshot();
    return snapshot.caught_up && snapshot.topics.at(0).lag_messages == 0;
  }));
  const auto snapshot = rig.snapshot();
  EXPECT_EQ(rig.handled().size(), static_cast<std::size_t>(kPartitions * kToEach));
  // Of some the client says nothing, because it asks another broker itself.
  if (snapshot.commits_error > 0) {
    EXPECT_GT(errors(rig, rd_kafka_err2name(GetParam())), 0U);
  }
  if (snapshot.rebalances_lost == 0) {
    for (const auto& [place, times] : rig.handled()) EXPECT_EQ(times, 1) << place.second;
  }
  rig.stop(kPatience);
  expect_all_committed(kafka, "commits", kToEach);
}

INSTANTIATE_TEST_SUITE_P(
    Errors, CommitTrouble,
    ::testing::Values(RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                      RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
                      RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
                      RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
                      RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED),
    [](const auto& error) { return std::string(rd_kafka_err2name(error.param)); });

TEST(CommitTrouble, HandlingGoesOnWhileACommitWaitsForItsAnswer) {
  fakes::MockKafka kafka;
  kafka.create_topic("late", kPartitions);
  Rig rig(kafka, pipeline_on(kafka, "late"), ok);
  ASSERT_TRUE(eventually([&] { return rig.snapshot().has_assignment; }));
  kafka.answer_late(Request::offset_commit, std::chrono::seconds(3));
  produce_to_all(kafka, "late", 0, 1);
  ASSERT_TRUE(eventually([&] { return rig.handled_count() == kPartitions; }));
  const std::uint64_t before = rig.snapshot().commits_ok;
  produce_to_all(kafka, "late", 1, kToEach);
  EXPECT_TRUE(eventually([&] { return rig.handled_count() == kPartitions * kToEach; },
                         std::chrono::seconds(3)));
  EXPECT_EQ(rig.snapshot().commits_ok, before) << "else this shows nothing";
  rig.stop(kPatience);
  expect_all_committed(kafka, "late", kToEach);
}

TEST(BrokerTrouble, ACoordinatorThatMovesCostsNothing) {
  fakes::MockKafka kafka(3);
  kafka.create_topic("moves", kPartitions);
  kafka.move_coordinator("g-moves", 1);
  Rig rig(kafka, pipeline_on(kafka, "moves"), ok);
  ASSERT_TRUE(eventually([&] { return rig.snapshot().has_assignment; }));
  for (int round = 0; round < 3; ++round) {
    kafka.move_coordinator("g-moves", 1 + (round + 1) % 3);
    produce_to_all(kafka, "moves", round * kToEach, (round + 1) * kToEach);
    const auto all = static_cast<std::size_t>(kPartitions * (round + 1) * kToEach);
    EXPECT_TRUE(eventually([&] { return rig.handled().size() == all; }));
    EXPECT_TRUE(eventually([&] { return rig.snapshot().topics.at(0).lag_messages == 0; }));
  }
  rig.stop(kPatience);
  expect_all_committed(kafka, "moves", 3 * kToEach);
}

TEST(BrokerTrouble, LeadersThatMoveCostNothing) {
  fakes::MockKafka kafka(3);
  kafka.create_topic("leaders", kPartitions);
  Rig rig(kafka, pipeline_on(kafka, "leaders"), ok);
  ASSERT_TRUE(eventually([&] { return rig.snapshot().has_assignment; }));
  for (int round = 0; round < 4; ++round) {
    for (int p = 0; p < kPartitions; ++p) kafka.move_leader("leaders", p, 1 + (round + p) % 3);
    produce_to_all(kafka, "leaders", round * kToEach, (round + 1) * kToEach);
    const auto all = static_cast<std::size_t>(kPartitions * (round + 1) * kToEach);
    EXPECT_TRUE(eventually([&] { return rig.handled_count() == all; }));
  }
  for (const auto& [place, times] : rig.handled()) EXPECT_EQ(times, 1) << place.second;
  EXPECT_EQ(rig.snapshot().offsets_lost, 0U);
  rig.stop(kPatience);
  expect_all_committed(kafka, "leaders", 4 * kToEach);
}

TEST(BrokerTrouble, BrokersThatAreAwayAtTheStartAreWaitedFor) {
  fakes::MockKafka kafka;
  kafka.create_topic("start", kPartitions);
  produce_to_all(kafka, "start", 0, kToEach);
  kafka.take_down(1);
  Rig rig(kafka, pipeline_on(kafka, "start"), ok);
  EXPECT_TRUE(eventually([&] { return errors(rig, "_TRANSPORT") > 0; }));
  EXPECT_FALSE(rig.snapshot().has_assignment);
  EXPECT_FALSE(rig.ended());
  kafka.bring_up(1);
  EXPECT_TRUE(eventually([&] { return rig.handled_count() == kPartitions * kToEach; }));
  rig.stop(kPatience);
  expect_all_committed(kafka, "start", kToEach);
}

TEST(BrokerTrouble, BrokersThatGoAwayAreToldAndWaitedFor) {
  fakes::MockKafka kafka(2);
  kafka.create_topic("away", kPartitions);
  produce_to_all(kafka, "away", 0, kToEach);
  Rig rig(kafka, pipeline_on(kafka, "away"), ok);
  ASSERT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  for (const int broker : {1, 2}) kafka.take_down(broker);
  EXPECT_TRUE(eventually([&] { return errors(rig, "_ALL_BROKERS_DOWN") > 0; }));
  EXPECT_TRUE(eventually([&] { return rig.snapshot().brokers_connected == 0; }));
  for (const int broker : {1, 2}) kafka.bring_up(broker);
  produce_to_all(kafka, "away", kToEach, 2 * kToEach);
  EXPECT_TRUE(eventually(
      [&] { return rig.handled().size() == static_cast<std::size_t>(kPartitions * 2 * kToEach); }));
  EXPECT_TRUE(eventually([&] { return rig.snapshot().brokers_connected > 0; }));
  rig.stop(kPatience);
  expect_all_committed(kafka, "away", 2 * kToEach);
}

TEST(BrokerTrouble, APartitionOfWhichNothingComesIsToldAndReadAgain) {
  fakes::MockKafka kafka;
  kafka.create_topic("still", kPartitions);
  Rig rig(kafka, pipeline_on(kafka, "still"), ok);
  ASSERT_TRUE(eventually([&] { return rig.snapshot().has_assignment; }));
  kafka.fail(Request::fetch, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, 2'000);
  produce_to_all(kafka, "still", 0, kToEach);
  EXPECT_TRUE(eventually([&] { return paused(rig.snapshot(), PauseReason::stalled) > 0; }))
      << "owned, not paused, with more to read, and nothing comes";
  EXPECT_EQ(rig.handled_count(), 0U);
  kafka.fail_no_more(Request::fetch);
  EXPECT_TRUE(eventually([&] { return rig.handled_count() == kPartitions * kToEach; }));
  EXPECT_TRUE(eventually([&] { return paused(rig.snapshot(), PauseReason::stalled) == 0; }));
  for (const auto& [place, times] : rig.handled()) EXPECT_EQ(times, 1) << place.second;
  rig.stop(kPatience);
  expect_all_committed(kafka, "still", kToEach);
}

TEST(BrokerTrouble, AHandlerThatIsSlowOrAnIdleTopicIsNoStall) {
  fakes::MockKafka kafka;
  kafka.create_topic("busy", kPartitions);
  std::atomic<bool> stuck{true};
  config::Pipeline pipeline = pipeline_on(kafka, "busy");
  pipeline.max_in_flight_messages = 8;
  Rig rig(kafka, pipeline, [&](const tidegate_message& message) {
    while (stuck && message.partition == 0) fakes::look_again();
    return TIDEGATE_OK;
  });
  for (int i = 0; i < kToEach; ++i) kafka.produce("busy", 0, "k", "v");
  kafka.flush();
  EXPECT_FALSE(eventually([&] { return paused(rig.snapshot(), PauseReason::stalled) > 0; },
                          std::chrono::seconds(5)));
  stuck = false;
  EXPECT_TRUE(eventually([&] { return rig.handled_count() == kToEach; }));
}

TEST(BrokerTrouble, ATopicThatMayNotBeReadIsToldAndReadWhenItMay) {
  fakes::MockKafka kafka;
  kafka.create_topic("secret", kPartitions);
  produce_to_all(kafka, "secret", 0, kToEach);
  Rig rig(kafka, pipeline_on(kafka, "secret"), ok);
  ASSERT_TRUE(eventually([&] { return rig.handled_count() == kPartitions * kToEach; }));
  kafka.fail(Request::fetch, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 2'000);
  EXPECT_TRUE(eventually([&] { return errors(rig, "TOPIC_AUTHORIZATION_FAILED") > 0; }));
  EXPECT_FALSE(rig.ended());
  kafka.fail_no_more(Request::fetch);
  produce_to_all(kafka, "secret", kToEach, 2 * kToEach);
  EXPECT_TRUE(eventually(
      [&] { return rig.handled().size() == static_cast<std::size_t>(kPartitions * 2 * kToEach); }));
  rig.stop(kPatience);
  expect_all_committed(kafka, "secret", 2 * kToEach);
}

}  // namespace
}  // namespace tidegate::broker
