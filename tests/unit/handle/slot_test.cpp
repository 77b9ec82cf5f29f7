// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/handle/slot_fixture.hpp"

namespace tidegate {
namespace {

TEST_F(SlotTest, ASuccessfulMessageIsInNoListAndAFailedOneAmongTheFailures) {
  answers.one = [](const tidegate_message& message, tidegate_result& result) {
    if (message.offset != 1) return TIDEGATE_OK;
    say(result, "no such order");
    return TIDEGATE_FAIL;
  };
  fill(3);
  Slot(single, &answers, policy, clock).work(chunk);
  ASSERT_EQ(home.returned.size(), 1U);
  EXPECT_TRUE(is_ok(0));
  EXPECT_FALSE(is_ok(1));
  EXPECT_TRUE(is_ok(2));
  ASSERT_EQ(chunk.failures.size(), 1U);
  EXPECT_EQ(chunk.failures[0].index, 1U);
  EXPECT_EQ(chunk.failures[0].kind, ErrorKind::status);
  EXPECT_EQ(chunk.failures[0].reason, "no such order");
}

TEST_F(SlotTest, WhatIsDroppedOrPausedIsNobodysFailure) {
  policy.waits = CallPolicy::Waits::never;
  answers.one = [](const tidegate_message& message, tidegate_result&) {
    constexpr tidegate_status kAnswers[] = {TIDEGATE_OK, TIDEGATE_DROP, TIDEGATE_PAUSE,
                                            TIDEGATE_DEAD_LETTER};
    return kAnswers[message.offset];
  };
  fill(4);
  Slot slot(single, &answers, policy, clock);
  slot.work(chunk);
  EXPECT_EQ(slot.stats().calls(ErrorKind::status), 3U);
  EXPECT_EQ(slot.stats().excused(), 2U);
}

TEST_F(SlotTest, KindsOfFailureAreToldApart) {
  answers.one = [](const tidegate_message& message, tidegate_result&) {
    constexpr tidegate_status kAnswers[] = {TIDEGATE_OK, TIDEGATE_FALSE, TIDEGATE_EXCEPTION,
                                            TIDEGATE_FAIL, 99};
    return kAnswers[message.offset];
  };
  fill(5);
  Slot slot(single, &answers, policy, clock);
  slot.work(chunk);
  EXPECT_EQ(slot.stats().calls(ErrorKind::none), 1U);
  EXPECT_EQ(slot.stats().calls(ErrorKind::returned_false), 1U);
  EXPECT_EQ(slot.stats().calls(ErrorKind::exception), 1U);
  EXPECT_EQ(slot.stats().calls(ErrorKind::status), 2U) << "an unknown status is a failure";
}

TEST_F(SlotTest, AReasonLongerThanItsRoomIsCut) {
  answers.one = [](const tidegate_message&, tidegate_result& result) {
    result.reason_size = result.reason_capacity + 1000;
    return TIDEGATE_FAIL;
  };
  fill(1);
  Slot(single, &answers, policy, clock).work(chunk);
  EXPECT_EQ(chunk.failures[0].reason.size(), kReasonBytes);
}

TEST_F(SlotTest, AMessageThatCrashedItsWorkerIsShownAsSuspectInItsNextAttempt) {
  answers.one = [](const tidegate_message& message, tidegate_result&) {
    EXPECT_EQ(message.attempt, 5U) << "2 that failed, 2 that crashed, this one";
    EXPECT_EQ(message.flags, TIDEGATE_MESSAGE_SUSPECT);
    return TIDEGATE_OK;
  };
  fill(1);
  kafka::Origin origin;
  origin.attempts = 2;
  origin.crashes = 2;
  chunk.items[0].message.set_origin(std::make_unique<kafka::Origin>(origin));
  Slot(single, &answers, policy, clock).work(chunk);
  EXPECT_EQ(answers.seen.size(), 1U);
}

TEST_F(SlotTest, ThePluginSeesTheMessageAsItIs) {
  answers.one = [](const tidegate_message& message, tidegate_result&) {
    EXPECT_EQ(message.struct_size, sizeof(tidegate_message));
    EXPECT_EQ(std::string_view(static_cast<const char*>(message.topic.data), message.topic.size),
              "orders");
    EXPECT_EQ(message.key.data, nullptr) << "an absent key stays absent";
    EXPECT_EQ(std::string_view(static_cast<const char*>(message.value.data), message.value.size),
              "v");
    EXPECT_EQ(message.attempt, 1U);
    EXPECT_EQ(message.timestamp_ms, 1'700'000'000'000);
    EXPECT_EQ(message.deadline_ns, 0U) << "no timeout, no deadline";
    return TIDEGATE_OK;
  };
  fill(1);
  Slot(single, &answers, policy, clock).work(chunk);
}

TEST_F(SlotTest, WhatABatchLeavesUnansweredIsAttemptedAloneAndOnlyThatIsCharged) {
  policy.batch_messages = 4;
  answers.batch = [](std::size_t, tidegate_status* statuses) {
    statuses[0] = TIDEGATE_OK;
    return TIDEGATE_EXCEPTION;  // stopped early: 1 to 3 have no answer
  };
  answers.one = [](const tidegate_message& message, tidegate_result&) {
    return message.offset == 2 ? TIDEGATE_FALSE : TIDEGATE_OK;
  };
  fill(4);
  Slot(batching, &answers, policy, clock).work(chunk);
  EXPECT_EQ(answers.seen, (std::vector<std::int64_t>{1, 2, 3}));
  ASSERT_EQ(chunk.failures.size(), 1U);
  EXPECT_EQ(chunk.failures[0].index, 2U);
}

TEST_F(SlotTest, AtMostOnceAttemptsNothingAgain) {
  policy.batch_messages = 4;
  policy.unanswered = CallPolicy::Unanswered::failed;
  answers.batch = [](std::size_t, tidegate_status* statuses) {
    statuses[0] = TIDEGATE_OK;
    return TIDEGATE_EXCEPTION;
  };
  fill(4);
  Slot(batching, &answers, policy, clock).work(chunk);
  EXPECT_TRUE(answers.seen.empty());
  ASSERT_EQ(chunk.failures.size(), 3U);
  EXPECT_EQ(chunk.failures[0].kind, ErrorKind::exception);
}

TEST_F(SlotTest, ASlowHandlerIsTimedCallByCallAndGivesALongChunkBackEarly) {
  answers.one = [this](const tidegate_message&, tidegate_result&) {
    clock.advance(std::chrono::milliseconds(30));
    return TIDEGATE_OK;
  };
  fill(10);
  Slot slot(single, &answers, policy, clock);
  slot.work(chunk);
  EXPECT_EQ(answers.seen.size(), 2U) << "60 ms are enough for one chunk";
  EXPECT_EQ(chunk.close().count, 8U);
  EXPECT_EQ(slot.stats().duration.read().total(), 2U);
  EXPECT_NEAR(slot.stats().duration.read().sum, 0.06, 1e-6);
}

TEST_F(SlotTest, WhatStandsBehindACallThatLastsIsFreeForOthersEvenAfterFastCalls) {
  std::uint32_t free_meanwhile = 0;
  answers.one = [&](const tidegate_message& message, tidegate_result&) {
    if (message.offset == 200) free_meanwhile = chunk.close().count;  // as [poll] would
    return TIDEGATE_OK;
  };
  fill(256);
  Slot(single, &answers, policy, clock).work(chunk);
  EXPECT_EQ(free_meanwhile, 55U);
  EXPECT_EQ(chunk.claimed(), 201U);
}

TEST_F(SlotTest, ARunningCallIsSeenFromOutsideAndGoneAfterwards) {
  Slot slot(single, &answers, policy, clock);
  answers.one = [&](const tidegate_message& message, tidegate_result&) {
    const auto call = slot.running().read();
    EXPECT_TRUE(call.has_value());
    EXPECT_EQ(call->source->topic, "orders");
    EXPECT_EQ(call->offset.value, message.offset);
    return TIDEGATE_OK;
  };
  fill(2);
  slot.work(chunk);
  EXPECT_EQ(answers.seen.size(), 2U);
  EXPECT_FALSE(slot.running().read().has_value());
}

TEST_F(SlotTest, AMessageThatHadFailedTellsHowLateItIsAndWhenItIsOkHowLongItFailed) {
  answers.one = [](const tidegate_message& message, tidegate_result&) {
    return message.offset == 1 ? TIDEGATE_FAIL : TIDEGATE_OK;
  };
  Slot slot(single, &answers, policy, clock);
  fill(4);
  const auto failed_before = [&](std::int64_t offset, std::int64_t ago_ms, MonotonicTime due) {
    kafka::Origin origin;
    origin.offset = Offset{offset};
    origin.first_failure_ms = clock.wall().time_since_epoch().count() - ago_ms;
    origin.due = due;
    auto message = kafka::HeldMessage::copy_of({}, "v", 0);
    message.set_origin(std::make_unique<const kafka::Origin>(origin));
    return message;
  };
  chunk.items[0].message = failed_before(0, 90'000, clock.now() - std::chrono::milliseconds(20));
  chunk.items[1].message = failed_before(1, 5'000, clock.now() - std::chrono::seconds(2));
  chunk.items[2].message = failed_before(2, 700, {});  // when it was due is not known
  slot.work(chunk);
  const auto lateness = slot.stats().retry_lateness.read();
  EXPECT_EQ(lateness.total(), 2U) << "not of the fourth: it had never failed";
  EXPECT_DOUBLE_EQ(lateness.sum, 2.02);
  const auto duration = slot.stats().failure_duration.read();
  EXPECT_EQ(duration.total(), 2U) << "not of the second: it fails again";
  EXPECT_DOUBLE_EQ(duration.sum, 90.7);
}

}  // namespace
}  // namespace tidegate
