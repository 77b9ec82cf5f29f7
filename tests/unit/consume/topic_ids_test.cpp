// SPDX-License-Identifier: Apache-2.0
//
// Which topic a committed position is one in, by what the brokers have answered. That they are
// asked, and what follows, is seen in tests/e2e (test_broker_trouble.py).
#include "host/consume/topic_ids.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/lonely_consumer.hpp"

namespace tidegate {
namespace {

constexpr TopicId kOld{1, 2};
constexpr TopicId kNew{3, 4};
constexpr TopicId kNobodyKnows{};

class TopicIdsTest : public ::testing::Test, protected fakes::LonelyConsumer {
 protected:
  using Topic = TopicIds::Topic;

  // Of a position in topic "t" that was committed in one of this id.
  Topic topic_of(TopicId committed_in, const TopicIds::Answer& answer) {
    return ids.topic_of("t", committed_in, answer);
  }

  TopicIds ids{state, std::chrono::seconds(1)};
  const TopicIds::Answer none{};
  const TopicIds::Answer told{{"t"}, {}};
  const TopicIds::Answer told_another{{"t"}, {"t"}};
};

TEST_F(TopicIdsTest, APositionSaysWhichTopicItIsOf) {
  state.topic_ids["t"] = kNew;
  EXPECT_EQ(topic_of(kNew, told), Topic::this_one);
  EXPECT_EQ(topic_of(kNew, told_another), Topic::this_one);
  EXPECT_EQ(topic_of(kOld, told), Topic::an_earlier_one);
}

// Else a host that has not heard of the new topic would take another one's position for one in an
// earlier topic, and read that partition from its start.
TEST_F(TopicIdsTest, NoPositionIsGivenUpForAnIdThatMayBeTheEarlierOne) {
  state.topic_ids["t"] = kOld;
  EXPECT_EQ(topic_of(kNew, none), Topic::unknown);
  EXPECT_EQ(topic_of(kNew, {{"another"}, {}}), Topic::unknown);
  EXPECT_EQ(topic_of(kOld, none), Topic::this_one);
}

TEST_F(TopicIdsTest, OneThatDoesNotSayIsOfAnEarlierTopicWhereTheIdHasChanged) {
  state.topic_ids["t"] = kNew;
  EXPECT_EQ(topic_of(kNobodyKnows, told), Topic::this_one);
  EXPECT_EQ(topic_of(kNobodyKnows, told_another), Topic::an_earlier_one);
  EXPECT_EQ(topic_of(kNobodyKnows, none), Topic::this_one);
}

TEST_F(TopicIdsTest, WhereNoIdIsKnownAPositionIsTakenAsItIs) {
  EXPECT_EQ(topic_of(kOld, none), Topic::this_one);
}

TEST_F(TopicIdsTest, WithAtMostOnceNothingMayComeTwice) {
  pipeline.delivery = config::Delivery::at_most_once;
  state.topic_ids["t"] = kNew;
  EXPECT_EQ(topic_of(kOld, told_another), Topic::this_one);
}

}  // namespace
}  // namespace tidegate
