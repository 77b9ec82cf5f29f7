// SPDX-License-Identifier: Apache-2.0
//
// What becomes of failed messages: names of retry topics and dead letter, and what contradicts.
#include <gmock/gmock.h>

#include "host/base/config/names.hpp"
#include "tests/unit/base/config/support.hpp"

namespace tidegate::config::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The default configuration with another group.
LoadResult load_group(const std::string& group, std::string_view more = "") {
  return load(good(more), {"pipelines.orders.group_id=\"" + group + "\""});
}

TEST(Load, RetryAndDeadLetterAreReadAsWritten) {
  const Pipeline p = only_pipeline(load(good(R"([pipelines.orders.retry]
max_retries = -1
delays = ["1m30s", "250ms", "1m30s"]
create_topics = false
replication_factor = 3
[pipelines.orders.dead_letter]
topic = "graveyard"
on_failure = "stop"
max_ratio = 1
max_consecutive = 20
)")));
  EXPECT_EQ(p.retry.max_retries, -1);
  EXPECT_THAT(p.retry.delays, ElementsAre(seconds(90), milliseconds(250), seconds(90)));
  EXPECT_FALSE(p.retry.create_topics);
  EXPECT_EQ(p.retry.replication_factor, 3);
  EXPECT_EQ(p.dead_letter.topic, "graveyard");
  EXPECT_EQ(p.dead_letter.on_failure, OnFailure::stop);
  EXPECT_EQ(p.dead_letter.max_ratio, 1.0);
  EXPECT_EQ(p.dead_letter.max_consecutive, 20U);
  const Pipeline base =
      only_pipeline(load(good("retry.mode = \"none\"\ndead_letter.enabled = false\n")));
  EXPECT_EQ(base.retry.mode, RetryMode::none);
  EXPECT_FALSE(base.dead_letter.enabled);
}

TEST(Delay, HasOneNameForItsTopic) {
  EXPECT_EQ(canonical_delay(seconds(1)), "1s");
  EXPECT_EQ(canonical_delay(milliseconds(1000)), "1s");
  EXPECT_EQ(canonical_delay(milliseconds(1500)), "1500ms");
  EXPECT_EQ(canonical_delay(seconds(60)), "1m");
  EXPECT_EQ(canonical_delay(seconds(90)), "90s");
  EXPECT_EQ(canonical_delay(seconds(3600)), "1h");
  EXPECT_EQ(canonical_delay(hours(36)), "36h");
  EXPECT_EQ(canonical_delay(hours(24)), "1d");
  EXPECT_EQ(canonical_delay(seconds(0)), "0s");
}

TEST(RetryTopic, IsNamedAfterGroupAndDelay) {
  EXPECT_EQ(retry_topic("orders", seconds(60)), "orders.retry.1m");
  EXPECT_EQ(default_dead_letter("orders"), "orders.dlq");
  EXPECT_TRUE(is_own_topic(retry_topic("orders", seconds(0)), "orders"));
  EXPECT_TRUE(is_retry_topic("audit.retry.1m"));
  EXPECT_TRUE(is_retry_topic("audit.retry.x.retry.1m"));
  EXPECT_FALSE(is_retry_topic("audit.retry.soon"));
  EXPECT_FALSE(is_retry_topic("audit.retry."));
  EXPECT_FALSE(is_retry_topic(".retry.1m"));
  EXPECT_FALSE(is_retry_topic("audit.dlq"));
}

TEST(RetryTopic, WithoutALegalNameIsRefusedWithDelayAndCure) {
  // 240 + ".retry.1s" is 249, the longest; "10s" is one too many.
  const Finding long_one = only_finding(load_group(std::string(240, 'g')));
  EXPECT_EQ(long_one.path, "pipelines.orders.group_id");
  EXPECT_EQ(long_one.message,
            "its retry topic <group_id>.retry.10s would have no legal name: a topic's name has at "
            "most 249 characters; use another group_id, or write retry.mode = \"none\"");
  EXPECT_TRUE(load_group(std::string(239, 'g')).host.has_value());
  EXPECT_TRUE(load_group(std::string(240, 'g'), "retry.delays = [\"1s\"]\n").host.has_value());
  EXPECT_TRUE(load_group(std::string(245, 'g'), "retry.mode = \"none\"\n").host.has_value());
}

TEST(RetryTopic, OfADelayOutOfAVariableDoesNotShowIt) {
  const LoadResult result = load(good("retry.delays = [\"${D}\"]\n"),
                                 {"pipelines.orders.group_id=\"a/b\""}, {{"D", "77s"}});
  EXPECT_THAT(rendered(result),
              AllOf(HasSubstr("<group_id>.retry.<delay>"), Not(HasSubstr("77s"))));
}

TEST(RetryTopic, OfADelayThatIsRefusedAnywayGetsNoFindingOfItsOwn) {
  EXPECT_EQ(only_finding(load_group(std::string(240, 'g'), "retry.delays = [\"9d\"]\n")).path,
            "pipelines.orders.retry.delays");
}

TEST(Group, ThatIsNoTopicNameCannotHaveTopicsOfItsOwn) {
  EXPECT_THAT(
      lines(load_group("team:orders")),
      ElementsAre(AllOf(HasSubstr("its retry topic <group_id>.retry.1s would have no legal name: a "
                                  "topic's name is made of letters"),
                        HasSubstr("use another group_id")),
                  AllOf(HasSubstr("its dead letter <group_id>.dlq would have no legal name"),
                        HasSubstr("name one by dead_letter.topic, or use another group_id"))));
  EXPECT_TRUE(load_group("team:orders", "retry.mode = \"none\"\ndead_letter.topic = \"dead\"\n")
                  .host.has_value());
  EXPECT_TRUE(load_group("team:orders", "retry.mode = \"none\"\ndead_letter.enabled = false\n")
                  .host.has_value());
  // What is no group id either has that one finding.
  EXPECT_THAT(only_finding(load_group("a b")).message, HasSubstr("\"a b\""));
}

TEST(Retry, NeedsADelayWhereItHasTopics) {
  EXPECT_EQ(complaint("retry.delays = []\n"),
            "is empty; name at least one, or write retry.mode = \"none\"");
  EXPECT_TRUE(load(good("retry.mode = \"none\"\nretry.delays = []\n")).host.has_value());
}

TEST(Retry, ReplicationFactorIsOfTheBrokerOrAtLeastOne) {
  EXPECT_EQ(complaint("retry.replication_factor = 0\n"),
            "must be at least 1, or -1 for the broker's default");
}

TEST(AtMostOnce, HasNoRetryUnlessWrittenAndThenItIsRefused) {
  EXPECT_EQ(only_pipeline(load(good("delivery = \"at_most_once\"\n"))).retry.mode, RetryMode::none);
  EXPECT_EQ(
      only_pipeline(load(good("delivery = \"at_most_once\"\nretry.mode = \"none\"\n"))).retry.mode,
      RetryMode::none);
  EXPECT_EQ(complaint("delivery = \"at_most_once\"\nretry.mode = \"topic\"\n"),
            "delivery = \"at_most_once\" makes no second attempt; remove it, or use at_least_once");
  EXPECT_EQ(complaint("delivery = \"at_most_once\"\nretry.mode = \"in_place\"\n"),
            "delivery = \"at_most_once\" makes no second attempt; remove it, or use at_least_once");
}

TEST(DeadLetter, MustBeALegalTopicThatIsNotHandledAgain) {
  EXPECT_EQ(complaint("dead_letter.topic = \"a b\"\n"),
            "\"a b\": a topic's name is made of letters, digits, \".\", \"_\" and \"-\"");
  EXPECT_EQ(complaint("dead_letter.topic = \"\"\n"), "\"\": a topic needs a name");
  EXPECT_EQ(complaint("dead_letter.topic = \"orders.v1\"\n"),
            "\"orders.v1\": is one of topics too, and each dead letter would be handled again; "
            "name another topic");
  for (const std::string own : {"orders.retry.10s", "orders.retry.7m", "audit.retry.1s"}) {
    EXPECT_EQ(complaint("dead_letter.topic = \"" + own + "\"\n"),
              '"' + own +
                  "\": is the name of a retry topic, whose group would handle the dead letters "
                  "again; name another topic");
  }
  EXPECT_TRUE(load(good("dead_letter.topic = \"orders.dlq\"\n")).findings.empty());
  EXPECT_TRUE(load(good("dead_letter.topic = \"all-dead.dlq\"\n")).findings.empty());
}

TEST(DeadLetter, TopicThatIsNotUsedIsAWarning) {
  const LoadResult result =
      load(good("dead_letter.enabled = false\ndead_letter.topic = \"orders.dead\"\n"));
  EXPECT_TRUE(result.host.has_value());
  EXPECT_EQ(only_finding(result).severity, Severity::warning);
  EXPECT_EQ(only_finding(result).message,
            "is not used, because dead_letter.enabled is false; remove one of them");
}

TEST(Acks, ThatAreNotOfAllReplicasAreAWarningOfWhatIsGivenUp) {
  const auto warning = [](const std::string& line) {
    const LoadResult result = load(good("[pipelines.orders.producer]\n" + line + '\n'));
    EXPECT_TRUE(result.host.has_value()) << rendered(result);
    EXPECT_EQ(only_finding(result).severity, Severity::warning);
    EXPECT_EQ(only_finding(result).line, kMoreLine + 1);
    return only_finding(result).path + ": " + only_finding(result).message;
  };
  EXPECT_EQ(warning("\"acks\" = 1"),
            "pipelines.orders.producer.acks: gives up that retries and dead letters outlive their "
            "leader: a message whose copy only a lost broker had is lost; idempotence is off too, "
            "so a copy can be written twice. \"all\" gives up neither");
  EXPECT_THAT(warning("\"acks\" = \"0\""),
              HasSubstr("gives up that retries and dead letters arrive: no broker confirms them"));
  EXPECT_THAT(warning("\"request.required.acks\" = 1"),
              HasSubstr("producer.\"request.required.acks\": gives up"));
  for (const std::string all : {"\"all\"", "-1", "\"-1\""}) {
    EXPECT_TRUE(
        load(good("[pipelines.orders.producer]\n\"acks\" = " + all + '\n')).findings.empty());
  }
}

TEST(ExactlyOnce, NeedsAcknowledgementsOfAllReplicasAndReadsWhatIsCommitted) {
  EXPECT_TRUE(load(good("delivery = \"exactly_once\"\n")).findings.empty());
  EXPECT_THAT(complaint("delivery = \"exactly_once\"\n[pipelines.orders.producer]\n\"acks\" = 1\n"),
              HasSubstr("is not possible with delivery = \"exactly_once\""));
  EXPECT_THAT(complaint("delivery = \"exactly_once\"\n[pipelines.orders.consumer]\n"
                        "\"isolation.level\" = \"read_uncommitted\"\n"),
              HasSubstr("reads what is committed only"));
  EXPECT_THAT(complaint("delivery = \"exactly_once\"\n[pipelines.orders.producer]\n"
                        "\"enable.idempotence\" = false\n"),
              HasSubstr("requires `enable.idempotence=true`"));
}

}  // namespace
}  // namespace tidegate::config::testing
