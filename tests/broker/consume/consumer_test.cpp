// SPDX-License-Identifier: Apache-2.0
//
// The poll thread and its parts against a mock cluster. What needs a real broker is in tests/e2e.
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

void fill_each(fakes::MockKafka& kafka, const std::string& topic, int per_partition,
               int partitions = kPartitions) {
  kafka.create_topic(topic, partitions);
  for (int i = 0; i < per_partition; ++i) {
    for (int p = 0; p < partitions; ++p)
      kafka.produce(topic, p, "k" + std::to_string(i % 7), std::to_string(i));
  }
  kafka.flush();
}

void expect_each_once(const std::map<Place, int>& handled, int per_partition,
                      int partitions = kPartitions) {
  EXPECT_EQ(handled.size(), static_cast<std::size_t>(partitions * per_partition));
  for (const auto& [place, times] : handled)
    EXPECT_EQ(times, 1) << place.first << "/" << place.second;
}

class Consume : public ::testing::TestWithParam<config::Ordering> {};

TEST_P(Consume, HandlesEverythingOnceAndCommitsTheEnd) {
  fakes::MockKafka kafka;
  fill_each(kafka, "once", 500);
  config::Pipeline pipeline = pipeline_on(kafka, "once");
  pipeline.ordering = GetParam();
  pipeline.consumers = 2;
  {
    Rig rig(kafka, pipeline, ok);
    EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
    expect_books_add_up(rig.snapshot());
    EXPECT_EQ(rig.handled().size(), static_cast<std::size_t>(kPartitions * 500));
    // As below: the members join one after the other, and the mock refuses commits meanwhile.
    if (rig.snapshot().commits_error == 0) expect_each_once(rig.handled(), 500);
  }
  for (int p = 0; p < kPartitions; ++p) EXPECT_EQ(kafka.committed("g-once", "once", p), 500);
}

INSTANTIATE_TEST_SUITE_P(Orderings, Consume,
                         ::testing::Values(config::Ordering::partition, config::Ordering::key,
                                           config::Ordering::none));

TEST(ConsumeStop, Invariant3_DrainsAndCommitsSoThatTheNextOwnerRepeatsNothing) {
  fakes::MockKafka kafka;
  fill_each(kafka, "stop", 400);
  std::map<Place, int> handled;
  for (int round = 0; round < 3; ++round) {
    Rig rig(kafka, pipeline_on(kafka, "stop"), ok);
    const std::size_t enough = round == 2 ? 1 : 200;
    EXPECT_TRUE(
        eventually([&] { return rig.handled_count() >= enough || rig.snapshot().caught_up; }));
    if (round == 2) {
      EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
    }
    rig.stop(std::chrono::seconds(20));
    expect_books_add_up(rig.snapshot());
    EXPECT_EQ(rig.snapshot().in_flight, 0U);
    for (const auto& [place, times] : rig.handled()) handled[place] += times;
  }
  expect_each_once(handled, 400);
}

class ConsumeRebalance : public ::testing::TestWithParam<const char*> {};

TEST_P(ConsumeRebalance, SharesPartitionsWithAMemberThatJoinsAndLeaves) {
  fakes::MockKafka kafka;
  fill_each(kafka, "share", 1500);
  config::Pipeline pipeline = pipeline_on(kafka, "share");
  pipeline.consumer["partition.assignment.strategy"] = GetParam();
  std::atomic<bool> slow{true};
  const auto handler = [&](const tidegate_message&) {
    // Long enough for rebalances to fall into the work.
    if (slow) std::this_thread::sleep_for(std::chrono::microseconds(100));
    return TIDEGATE_OK;
  };
  std::map<Place, int> handled;
  std::uint64_t refused = 0;  // commits
  {
    Rig first(kafka, pipeline, handler);
    EXPECT_TRUE(eventually([&] { return first.handled_count() >= 10; }));
    {
      Rig second(kafka, pipeline, handler);
      EXPECT_TRUE(eventually([&] { return second.snapshot().has_assignment; }));
      second.stop(std::chrono::seconds(20));
      expect_books_add_up(second.snapshot());
      refused += second.snapshot().commits_error;
      for (const auto& [place, times] : second.handled()) handled[place] += times;
    }
    slow = false;
    // Caught up with what it owns it may be before the partitions of the other are its own again.
    EXPECT_TRUE(eventually([&] {
      const auto snapshot = first.snapshot();
      return snapshot.caught_up && snapshot.topics.at(0).assigned_partitions == kPartitions;
    }));
    expect_books_add_up(first.snapshot());
    refused += first.snapshot().commits_error;
    for (const auto& [place, times] : first.handled()) handled[place] += times;
  }
  EXPECT_EQ(handled.size(), static_cast<std::size_t>(kPartitions * 1500)) << "nothing is lost";
  // The mock refuses commits while a group prepares to rebalance, which Apache Kafka accepts; where
  // it did, only e2e can judge repeats.
  if (refused == 0) expect_each_once(handled, 1500);
  for (int p = 0; p < kPartitions; ++p) EXPECT_EQ(kafka.committed("g-share", "share", p), 1500);
}

INSTANTIATE_TEST_SUITE_P(Protocols, ConsumeRebalance,
                         ::testing::Values("cooperative-sticky", "range"));

class ConsumeBounds : public ::testing::TestWithParam<int> {};

TEST_P(ConsumeBounds, Invariant8_InFlightStaysBoundedAndAStuckLaneNeverTakesAllPlaces) {
  const int partitions = GetParam();
  fakes::MockKafka kafka;
  fill_each(kafka, "bounds", 1000, partitions);
  config::Pipeline pipeline = pipeline_on(kafka, "bounds");
  pipeline.max_in_flight_messages = 200;
  std::atomic<bool> stuck{true};
  Rig rig(kafka, pipeline, [&](const tidegate_message& message) {
    if (message.partition == 0) {
      while (stuck) fakes::look_again();
    }
    return TIDEGATE_OK;
  });
  std::uint64_t most = 0;
  EXPECT_TRUE(eventually([&] {
    most = std::max(most, rig.snapshot().in_flight);
    return rig.handled_count() >= static_cast<std::size_t>(partitions - 1) * 1000;
  })) << "the other partitions go on while partition 0 is stuck: "
      << rig.handled_count();
  EXPECT_LE(most, 200U);
  EXPECT_TRUE(eventually([&] { return rig.snapshot().paused_partitions[0] > 0; }))
      << "partition 0 is paused";
  stuck = false;
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  expect_each_once(rig.handled(), 1000, partitions);
}

INSTANTIATE_TEST_SUITE_P(Partitions, ConsumeBounds, ::testing::Values(2, 3, 4));

TEST(ConsumeAtMostOnce, NothingIsHandledBeforeACommitThatCoversItWasAcknowledged) {
  fakes::MockKafka kafka;
  fill_each(kafka, "amo", 30);
  config::Pipeline pipeline = pipeline_on(kafka, "amo");
  pipeline.delivery = config::Delivery::at_most_once;
  pipeline.concurrency = 1;
  pipeline.max_in_flight_messages = 20;
  std::atomic<int> early{0};
  Rig rig(kafka, pipeline, [&](const tidegate_message& message) {
    if (kafka.committed("g-amo", "amo", message.partition) <= message.offset) ++early;
    return TIDEGATE_OK;
  });
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  EXPECT_EQ(early, 0);
  expect_each_once(rig.handled(), 30);
}

TEST(ConsumeStart, ANewGroupBeginsAtTheEndAndCommitsThatBeforeItReads) {
  fakes::MockKafka kafka;
  fill_each(kafka, "latest", 50);
  config::Pipeline pipeline = pipeline_on(kafka, "latest");
  pipeline.start_offset.kind = config::StartOffset::Kind::latest;
  {
    Rig rig(kafka, pipeline, ok);
    EXPECT_TRUE(eventually([&] { return rig.snapshot().has_assignment; }));
    EXPECT_EQ(kafka.committed("g-latest", "latest", 0), 50);
    EXPECT_EQ(rig.handled_count(), 0U);
  }
  kafka.produce("latest", 0, "", "while nobody listened");
  kafka.flush();
  Rig again(kafka, pipeline, ok);
  EXPECT_TRUE(eventually([&] { return again.handled_count() == 1; })) << "a restart loses nothing";
}

class ConsumeLateStart : public ::testing::TestWithParam<const char*> {};

// The client itself asks for the end of such a partition, is refused too and stops it.
TEST_P(ConsumeLateStart, IsAskedForUntilItIsKnownAndNothingIsReadFromElsewhere) {
  fakes::MockKafka kafka;
  fill_each(kafka, "late", 50);
  config::Pipeline pipeline = pipeline_on(kafka, "late");
  pipeline.consumer["partition.assignment.strategy"] = GetParam();
  kafka.fail(fakes::MockKafka::Request::list_offsets, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
             4);
  Rig rig(kafka, pipeline, ok);
  EXPECT_TRUE(eventually([&] { return rig.handled_count() >= 4 * 50; }));
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  EXPECT_EQ(rig.snapshot().offsets_lost, 0U);
  EXPECT_EQ(rig.snapshot().kafka_errors.count("_AUTO_OFFSET_RESET"), 0U)
      << "a client that is destroyed while a broker is about to say so waits for ever (seldom "
         "here, "
         "even where it can be said: pausing is mostly quicker than fetching)";
  expect_each_once(rig.handled(), 50);
}

INSTANTIATE_TEST_SUITE_P(Protocols, ConsumeLateStart,
                         ::testing::Values("cooperative-sticky", "range"));

TEST(ConsumeStart, WithErrorAGroupWithoutAPositionFailsThePipeline) {
  fakes::MockKafka kafka;
  fill_each(kafka, "error", 5);
  config::Pipeline pipeline = pipeline_on(kafka, "error");
  pipeline.start_offset.kind = config::StartOffset::Kind::error;
  Rig rig(kafka, pipeline, ok);
  ASSERT_TRUE(eventually([&] { return rig.ended(); }));
  EXPECT_NE(rig.failure().find("start_offset"), std::string::npos) << rig.failure();
}

}  // namespace
}  // namespace tidegate::broker
