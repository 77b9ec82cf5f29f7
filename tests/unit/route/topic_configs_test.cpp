// SPDX-License-Identifier: Apache-2.0
#include "host/route/topic_configs.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/route/own_topics.hpp"

namespace tidegate {
namespace {

constexpr std::int64_t kWeekMs = 604'800'000;

SourceTopics sources() { return {6, 1'048'588, kWeekMs}; }

// A topic that fits, but for what `changes` says.
TopicConfigs made(const OwnTopic& topic, const TopicConfigs& changes = {}) {
  TopicConfigs configs = wanted_configs(topic.kind, sources());
  for (const auto& [name, value] : changes) configs[name] = value;
  return configs;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(SourceTopics, TheLargestSizeAndTheLongestRetentionCount) {
  SourceTopics several;
  several.add({{"max.message.bytes", "2000"}, {"retention.ms", "5"}});
  several.add({{"max.message.bytes", "1000"}, {"retention.ms", "9"}});
  EXPECT_EQ(several.max_message_bytes, 2000);
  EXPECT_EQ(several.retention_ms, 9);
}

TEST(SourceTopics, UnlimitedRetentionIsTheLongestInAnyOrder) {
  for (const auto& [first, second] : {std::pair{"-1", "9"}, std::pair{"9", "-1"}}) {
    SourceTopics several;
    several.add({{"retention.ms", first}});
    several.add({{"retention.ms", second}});
    EXPECT_EQ(several.retention_ms, -1);
  }
}

TEST(SourceTopics, WhatIsMissingOrNoNumberIsNotKnown) {
  SourceTopics several;
  several.add({});
  several.add({{"max.message.bytes", "12x"}, {"retention.ms", ""}});
  EXPECT_FALSE(several.max_message_bytes);
  EXPECT_FALSE(several.retention_ms);
}

TEST(WantedConfigs, ARetryTopicHasAppendTimeAndRoomForHeaders) {
  const TopicConfigs expected = {{"cleanup.policy", "delete"},
                                 {"max.message.bytes", "1114124"},
                                 {"message.timestamp.type", "LogAppendTime"},
                                 {"retention.ms", "604800000"}};
  EXPECT_EQ(wanted_configs(OwnTopic::Kind::retry, sources()), expected);
}

TEST(WantedConfigs, ARetryTopicKeepsAsLongAsItsSourceButAWeekAtLeast) {
  const auto retention = [](std::optional<std::int64_t> source_ms) {
    return wanted_configs(OwnTopic::Kind::retry, {1, std::nullopt, source_ms}).at("retention.ms");
  };
  EXPECT_EQ(retention(1000), "604800000");
  EXPECT_EQ(retention(kWeekMs + 1), "604800001");
  EXPECT_EQ(retention(-1), "-1");
  EXPECT_EQ(retention(std::nullopt), "604800000");
}

TEST(WantedConfigs, ADeadLetterKeepsForEverInTheProducersTime) {
  const TopicConfigs expected = {
      {"cleanup.policy", "delete"}, {"max.message.bytes", "1114124"}, {"retention.ms", "-1"}};
  EXPECT_EQ(wanted_configs(OwnTopic::Kind::dead_letter, sources()), expected);
}

TEST(WantedConfigs, ASizeThatIsNotKnownIsLeftToTheBroker) {
  EXPECT_EQ(wanted_configs(OwnTopic::Kind::retry, {1, std::nullopt, 1}).count("max.message.bytes"),
            0U);
}

TEST(WantedConfigs, TheSizeStaysInTheRangeOfItsProperty) {
  for (const std::int64_t source : {std::int64_t{std::numeric_limits<std::int32_t>::max()},
                                    std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(wanted_configs(OwnTopic::Kind::retry, {1, source, 1}).at("max.message.bytes"),
              "2147483647");
  }
}

TEST(Judge, ATopicAsWeMakeItFits) {
  for (const OwnTopic& topic : {kRetry, kDeadLetter}) {
    const Judgement judgement = judge(topic, sources(), made(topic));
    EXPECT_EQ(judgement.problem, "");
    EXPECT_FALSE(judgement.short_lived);
  }
}

TEST(Judge, ARetryTopicInTheProducersTimeIsAProblemWithItsCure) {
  EXPECT_EQ(
      judge(kRetry, sources(), made(kRetry, {{"message.timestamp.type", "CreateTime"}})).problem,
      "retry topic orders.retry.1s: message.timestamp.type is CreateTime, not LogAppendTime "
      "(a copy of an old message would be deleted at once, and no copy would be due at the "
      "right time); mend it: kafka-configs.sh --bootstrap-server <broker> --alter "
      "--entity-type topics --entity-name orders.retry.1s --add-config "
      "message.timestamp.type=LogAppendTime");
}

TEST(Judge, TheTimeOfADeadLetterIsItsOwn) {
  for (const char* type : {"CreateTime", "LogAppendTime"}) {
    EXPECT_EQ(judge(kDeadLetter, sources(), made(kDeadLetter, {{"message.timestamp.type", type}}))
                  .problem,
              "");
  }
}

TEST(Judge, CompactionIsAProblemForBothKinds) {
  for (const OwnTopic& topic : {kRetry, kDeadLetter}) {
    for (const char* policy : {"compact", "compact,delete", "delete,compact"}) {
      const std::string problem =
          judge(topic, sources(), made(topic, {{"cleanup.policy", policy}})).problem;
      EXPECT_TRUE(contains(problem, title(topic) + ": cleanup.policy is " + policy)) << problem;
      EXPECT_TRUE(contains(problem, "--add-config cleanup.policy=delete")) << problem;
    }
  }
}

TEST(Judge, MessagesOfTheSourceMustFitButRoomForHeadersIsNotDemanded) {
  for (const OwnTopic& topic : {kRetry, kDeadLetter}) {
    EXPECT_EQ(judge(topic, sources(), made(topic, {{"max.message.bytes", "1048588"}})).problem, "");
    const std::string problem =
        judge(topic, sources(), made(topic, {{"max.message.bytes", "1048587"}})).problem;
    EXPECT_TRUE(contains(problem, "max.message.bytes is 1048587, less than the 1048588"))
        << problem;
    EXPECT_TRUE(contains(problem, "--add-config max.message.bytes=1114124")) << problem;
  }
}

TEST(Judge, OneCommandMendsAll) {
  const std::string problem = judge(kRetry, sources(),
                                    made(kRetry, {{"cleanup.policy", "compact"},
                                                  {"message.timestamp.type", "CreateTime"},
                                                  {"max.message.bytes", "1"}}))
                                  .problem;
  EXPECT_TRUE(contains(problem,
                       "--entity-name orders.retry.1s --add-config cleanup.policy=delete,"
                       "max.message.bytes=1114124,message.timestamp.type=LogAppendTime"))
      << problem;
}

TEST(Judge, AShortRetentionIsNoProblemButIsReported) {
  const Judgement retry = judge(kRetry, sources(), made(kRetry, {{"retention.ms", "1000"}}));
  EXPECT_EQ(retry.problem, "");
  ASSERT_TRUE(retry.short_lived);
  EXPECT_EQ(retry.short_lived->found_ms, 1000);
  EXPECT_EQ(retry.short_lived->wanted_ms, kWeekMs);
  const Judgement dead =
      judge(kDeadLetter, sources(), made(kDeadLetter, {{"retention.ms", "1000"}}));
  EXPECT_EQ(dead.problem, "");
  ASSERT_TRUE(dead.short_lived);
  EXPECT_EQ(dead.short_lived->wanted_ms, -1);
}

TEST(Judge, LongerRetentionIsFine) {
  for (const char* kept : {"-1", "604800001"})
    EXPECT_FALSE(judge(kRetry, sources(), made(kRetry, {{"retention.ms", kept}})).short_lived);
}

TEST(Judge, RetentionDoesNotMatterWhereNothingIsDeleted) {
  EXPECT_FALSE(
      judge(kRetry, sources(), made(kRetry, {{"cleanup.policy", ""}, {"retention.ms", "1"}}))
          .short_lived);
}

TEST(Judge, WhatMayNotBeReadIsNotJudged) {
  for (const OwnTopic& topic : {kRetry, kDeadLetter}) {
    const Judgement unread = judge(topic, sources(), {});
    EXPECT_EQ(unread.problem, "");
    EXPECT_FALSE(unread.short_lived);
    const Judgement sources_unread =
        judge(topic, {6, std::nullopt, std::nullopt}, made(topic, {{"max.message.bytes", "1"}}));
    EXPECT_EQ(sources_unread.problem, "");
  }
}

}  // namespace
}  // namespace tidegate
