// SPDX-License-Identifier: Apache-2.0
//
// A pause: the message waits where it is, and nothing of its lane may overtake it. And what the
// handler sees of a message that waited elsewhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "host/dispatch/lane.hpp"
#include "tests/unit/handle/slot_fixture.hpp"

namespace tidegate {
namespace {

using SlotPauseTest = SlotTest;
using Indices = std::vector<std::uint32_t>;

TEST_F(SlotPauseTest, APauseEndsTheChunkSoThatNothingOvertakesIt) {
  answers.one = [](const tidegate_message& message, tidegate_result& result) {
    if (message.offset != 150) return TIDEGATE_OK;  // in the middle of a stride of fast calls
    result.delay_ms = 250;
    say(result, "the database is away");
    return TIDEGATE_PAUSE;
  };
  fill(256);
  Slot slot(single, &answers, policy, clock);
  slot.work(chunk);
  EXPECT_EQ(answers.seen.back(), 150);
  EXPECT_EQ(chunk.claimed(), 151U);
  EXPECT_EQ(chunk.close().count, 105U) << "what stands behind it is free at once";
  ASSERT_EQ(chunk.failures.size(), 1U);
  EXPECT_EQ(chunk.failures[0].index, 150U);
  EXPECT_EQ(chunk.failures[0].status, TIDEGATE_PAUSE);
  EXPECT_EQ(chunk.failures[0].delay_ms, 250U);
  EXPECT_EQ(chunk.failures[0].reason, "the database is away");
  EXPECT_FALSE(is_ok(150)) << "it is attempted again";
  EXPECT_EQ(home.returned.size(), 1U);
}

TEST_F(SlotPauseTest, OtherFailuresDoNotEndTheChunk) {
  answers.one = [](const tidegate_message& message, tidegate_result&) {
    constexpr tidegate_status kAnswers[] = {TIDEGATE_FALSE, TIDEGATE_RETRY_AFTER,
                                            TIDEGATE_DEAD_LETTER, TIDEGATE_DROP, TIDEGATE_OK};
    return kAnswers[message.offset];
  };
  fill(5);
  Slot(single, &answers, policy, clock).work(chunk);
  EXPECT_EQ(answers.seen.size(), 5U);
  EXPECT_EQ(chunk.failures.size(), 4U);
}

TEST_F(SlotPauseTest, AnswersOfABatchBehindAPauseInItsLaneAreVoid) {
  policy.batch_messages = 6;
  answers.batch = [](std::size_t, tidegate_status* statuses) {
    constexpr tidegate_status kAnswers[] = {TIDEGATE_OK,   TIDEGATE_PAUSE, TIDEGATE_OK,
                                            TIDEGATE_FAIL, TIDEGATE_OK,    TIDEGATE_OK};
    std::copy(std::begin(kAnswers), std::end(kAnswers), statuses);
    return TIDEGATE_OK;
  };
  fill(12);
  Lane paused;
  Lane other;
  Lane* const lanes[] = {&paused, &paused, &other, &paused, &paused, nullptr};
  for (std::size_t i = 0; i < std::size(lanes); ++i) chunk.items[i].lane = lanes[i];
  Slot(batching, &answers, policy, clock).work(chunk);
  EXPECT_TRUE(is_ok(0)) << "before the pause";
  EXPECT_TRUE(is_ok(2)) << "of another lane";
  EXPECT_TRUE(is_ok(5)) << "of no lane";
  ASSERT_EQ(chunk.failures.size(), 1U) << "what is void is nobody's failure";
  EXPECT_EQ(chunk.failures[0].index, 1U);
  EXPECT_EQ(chunk.unattempted, (Indices{3, 4}));
  for (const std::uint32_t index : {1U, 3U, 4U}) EXPECT_FALSE(is_ok(index)) << index;
  EXPECT_EQ(chunk.claimed(), 6U) << "the next batch of the chunk does not start";
}

TEST_F(SlotPauseTest, APauseOfAMessageWithoutALaneHoldsNoOtherAnswer) {
  policy.batch_messages = 3;
  answers.batch = [](std::size_t, tidegate_status* statuses) {
    statuses[0] = TIDEGATE_PAUSE;
    statuses[1] = statuses[2] = TIDEGATE_OK;
    return TIDEGATE_OK;
  };
  fill(3);
  Slot(batching, &answers, policy, clock).work(chunk);
  ASSERT_EQ(chunk.failures.size(), 1U);
  EXPECT_EQ(chunk.failures[0].index, 0U);
  EXPECT_TRUE(is_ok(2));
}

TEST_F(SlotPauseTest, WhatABatchLeftUnansweredIsNotAttemptedBehindAPauseOfItsLane) {
  policy.batch_messages = 4;
  answers.batch = [](std::size_t, tidegate_status*) { return TIDEGATE_EXCEPTION; };
  answers.one = [](const tidegate_message& message, tidegate_result&) {
    return message.offset == 1 ? TIDEGATE_PAUSE : TIDEGATE_OK;
  };
  fill(4);
  Lane lane;
  for (Item& item : chunk.items) item.lane = &lane;
  Slot(batching, &answers, policy, clock).work(chunk);
  EXPECT_EQ(answers.seen, (std::vector<std::int64_t>{0, 1}));
  ASSERT_EQ(chunk.failures.size(), 1U);
  EXPECT_EQ(chunk.failures[0].index, 1U);
  EXPECT_EQ(chunk.unattempted, (Indices{2, 3})) << "behind it";
}

TEST_F(SlotPauseTest, AMessageOfARetryTopicIsShownWhereItCameFromInEveryAttempt) {
  answers.one = [](const tidegate_message& message, tidegate_result&) {
    EXPECT_EQ(std::string_view(static_cast<const char*>(message.topic.data), message.topic.size),
              "orders.v1");
    EXPECT_EQ(message.partition, 7);
    EXPECT_EQ(message.offset, 4711);
    EXPECT_EQ(message.timestamp_ms, 1'600'000'000'000);
    EXPECT_EQ(message.attempt, 3U) << "two were made before";
    EXPECT_EQ(std::string_view(static_cast<const char*>(message.value.data), message.value.size),
              "v");
    return TIDEGATE_OK;
  };
  fill(1);
  auto origin = std::make_unique<kafka::Origin>();
  origin->topic = "orders.v1";
  origin->partition = Partition{7};
  origin->offset = Offset{4711};
  origin->timestamp_ms = 1'600'000'000'000;
  origin->attempts = 2;
  chunk.items[0].message.set_origin(std::move(origin));
  Slot(single, &answers, policy, clock).work(chunk);
  EXPECT_EQ(answers.seen.size(), 1U);
}

}  // namespace
}  // namespace tidegate
