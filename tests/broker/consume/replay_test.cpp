// SPDX-License-Identifier: Apache-2.0
//
// What a running host does with dead letters that an operator replays.
#include <gtest/gtest.h>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

// An operator who replays dead letters makes a topic that no configuration names.
TEST(Replay, ARetryTopicThatAppearsWhileTheHostRunsIsReadWhateverTheMode) {
  using config::Delivery;
  for (const auto delivery : {Delivery::at_least_once, Delivery::at_most_once}) {
    const std::string topic = delivery == Delivery::at_most_once ? "late-once" : "late";
    fakes::MockKafka kafka;
    fill(kafka, topic, 1);
    config::Pipeline pipeline = dead_lettering_on(kafka, topic);
    pipeline.delivery = delivery;
    pipeline.consumer["topic.metadata.refresh.interval.ms"] = "200";
    Attempts attempts;
    Rig rig(kafka, pipeline, [&](const tidegate_message& message) {
      attempts.note(message);
      return TIDEGATE_OK;
    });
    ASSERT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
    const std::string late = "g-" + topic + ".retry.0s";
    kafka.create_topic(late, 2);
    fakes::write(kafka.bootstrap(), late, 1,
                 {.key = {},
                  .value = "v",
                  .headers = {{"tidegate-attempt", "0"},
                              {"tidegate-origin-topic", topic},
                              {"tidegate-origin-partition", "3"},
                              {"tidegate-origin-offset", "77"},
                              {"tidegate-origin-timestamp-ms", "1600000000000"},
                              {"tidegate-first-failure-ms", "1600000000001"}}});
    ASSERT_TRUE(eventually([&] { return attempts.of({3, 77}).size() == 1; }));
    const Attempt made = attempts.of({3, 77}).front();
    EXPECT_EQ(made.topic, topic);
    EXPECT_EQ(made.number, 1U);
    EXPECT_EQ(made.timestamp_ms, 1'600'000'000'000);
    EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  }
}

// The loop guard of `tidegate dlq replay` rests on this.
TEST(Replay, TheCountOfReplaysSurvivesTheSourceTopicAndNothingElseOfOursDoes) {
  fakes::MockKafka kafka;
  kafka.create_topic("again", 4);
  fakes::write(kafka.bootstrap(), "again", 0,
               {.key = {},
                .value = "v",
                .headers = {{"tidegate-attempt", "9"},
                            {"tidegate-origin-topic", "elsewhere"},
                            {"tidegate-group", "g-again"},
                            {"tidegate-replays", "2"}}});
  Rig rig(kafka, dead_lettering_on(kafka, "again"),
          [](const tidegate_message&) { return TIDEGATE_FALSE; });
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  const auto dead = fakes::read_all(kafka.bootstrap(), "g-again.dlq", 0);
  ASSERT_EQ(dead.size(), 1U);
  const fakes::HeaderList headers = fakes::headers_of(dead[0]);
  EXPECT_EQ(fakes::only(headers, "tidegate-replays"), "2");
  EXPECT_EQ(fakes::only(headers, "tidegate-attempt"), "1");
  EXPECT_EQ(fakes::only(headers, "tidegate-origin-topic"), "again");
}

}  // namespace
}  // namespace tidegate::broker
