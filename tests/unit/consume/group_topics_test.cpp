// SPDX-License-Identifier: Apache-2.0
#include "host/consume/group_topics.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/mock_kafka.hpp"
#include "tests/fakes/topic_io.hpp"

namespace tidegate {
namespace {

using std::chrono::milliseconds;
using Names = std::vector<std::string>;

TEST(DelayOf, ReadsTheDelayFromTheNameOfARetryTopicOfThisGroup) {
  EXPECT_EQ(delay_of("g.retry.10s", "g"), milliseconds(10'000));
  EXPECT_EQ(delay_of("g.retry.1500ms", "g"), milliseconds(1'500));
  EXPECT_EQ(delay_of("g.retry.1m", "g"), milliseconds(60'000));
  EXPECT_EQ(delay_of("g.retry.0s", "g"), milliseconds(0));
}

TEST(DelayOf, NoOtherTopicHasOne) {
  for (const char* topic :
       {"g.dlq", "orders", "g", "g.retry.", "g.retry", "g.retry.soon", "g.retry.10s.dlq",
        "other.retry.10s", "gg.retry.10s", "x.g.retry.10s", "g2.retry.10s", ""}) {
    EXPECT_FALSE(delay_of(topic, "g").has_value()) << topic;
  }
  EXPECT_FALSE(delay_of("g.retry.10s", "").has_value());
}

// Answers as it is told and keeps what it was asked.
class FakeAdmin final : public TopicAdmin {
 public:
  Result ensure(rd_kafka_t*, const OwnTopicsPlan& plan, milliseconds) override {
    ++calls;
    asked = plan;
    if (result.problem.empty()) {
      for (const OwnTopic& topic : plan.topics) result.partitions[topic.name] = 3;
    }
    return result;
  }
  [[nodiscard]] Names names(OwnTopic::Kind kind) const {
    Names names;
    for (const OwnTopic& topic : asked.topics) {
      if (topic.kind == kind) names.push_back(topic.name);
    }
    return names;
  }
  int calls = 0;
  OwnTopicsPlan asked;
  Result result;
};

class GroupTopicsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    kafka_ = std::make_unique<fakes::MockKafka>();
    kafka_->create_topic("orders", 2);
    kafka_->create_topic("g.retry.7s", 5);        // not configured any more
    kafka_->create_topic("another.retry.7s", 5);  // not ours
    kafka_->create_topic("g.retry.never", 5);     // no delay
  }
  static void TearDownTestSuite() { kafka_.reset(); }
  GroupTopicsTest() {
    pipeline.group_id = "g";
    pipeline.retry.mode = config::RetryMode::topic;
    pipeline.retry.delays = {milliseconds(1'000), milliseconds(60'000), milliseconds(1'000)};
    pipeline.dead_letter.topic = "g.dlq";
  }
  GroupTopics::Problem learn() { return topics.learn(client.get(), {"orders"}); }

  config::Pipeline pipeline;
  FakeAdmin admin;
  GroupTopics topics{pipeline, admin};
  kafka::Client client = fakes::make_client(RD_KAFKA_CONSUMER, kafka_->bootstrap());

 private:
  static inline std::unique_ptr<fakes::MockKafka> kafka_;
};

TEST_F(GroupTopicsTest, AsksForEachRetryTopicOnceByItsCanonicalName) {
  pipeline.retry.create_topics = false;
  pipeline.retry.replication_factor = 3;
  EXPECT_EQ(learn().text, "");
  EXPECT_EQ(admin.asked.sources, Names{"orders"});
  EXPECT_EQ(admin.names(OwnTopic::Kind::retry), (Names{"g.retry.1s", "g.retry.1m"}));
  EXPECT_EQ(admin.names(OwnTopic::Kind::dead_letter), Names{"g.dlq"});
  EXPECT_FALSE(admin.asked.create);
  EXPECT_EQ(admin.asked.replication_factor, 3);
}

TEST_F(GroupTopicsTest, KnowsWhatIsConfiguredAndWhatIsLeftFromBefore) {
  EXPECT_FALSE(topics.known());
  EXPECT_EQ(learn().text, "");
  ASSERT_TRUE(topics.known());
  const GroupTopics::Partitions expected = {
      {"g.dlq", 3}, {"g.retry.1m", 3}, {"g.retry.1s", 3}, {"g.retry.7s", 5}};
  EXPECT_EQ(topics.partitions(), expected);
}

TEST_F(GroupTopicsTest, WithoutRetriesOnlyTheDeadLetterIsMadeAndOldRetryTopicsAreDrained) {
  pipeline.retry.mode = config::RetryMode::none;
  EXPECT_EQ(learn().text, "");
  EXPECT_EQ(admin.names(OwnTopic::Kind::retry), Names{});
  const GroupTopics::Partitions expected = {{"g.dlq", 3}, {"g.retry.7s", 5}};
  EXPECT_EQ(topics.partitions(), expected);
}

TEST_F(GroupTopicsTest, AtMostOnceMakesNoRetryTopics) {
  pipeline.delivery = config::Delivery::at_most_once;
  EXPECT_EQ(learn().text, "");
  EXPECT_EQ(admin.names(OwnTopic::Kind::retry), Names{});
}

TEST_F(GroupTopicsTest, WhereNothingIsEverWrittenNothingIsAskedFor) {
  pipeline.retry.mode = config::RetryMode::none;
  pipeline.dead_letter.enabled = false;
  EXPECT_EQ(learn().text, "");
  EXPECT_EQ(admin.calls, 0);
  const GroupTopics::Partitions expected = {{"g.retry.7s", 5}};
  EXPECT_EQ(topics.partitions(), expected);
}

TEST_F(GroupTopicsTest, AProblemIsToldAndNothingIsKnownUntilItIsGone) {
  admin.result.problem = "topic \"g.dlq\" is missing";
  admin.result.temporary = true;
  EXPECT_EQ(learn().text, admin.result.problem);
  EXPECT_TRUE(learn().temporary);
  admin.result.temporary = false;
  EXPECT_FALSE(learn().temporary);
  EXPECT_FALSE(topics.known());
  admin.result.problem.clear();
  EXPECT_EQ(learn().text, "");
  EXPECT_TRUE(topics.known());
}

}  // namespace
}  // namespace tidegate
