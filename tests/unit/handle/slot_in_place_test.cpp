// SPDX-License-Identifier: Apache-2.0
//
// retry.mode = "in_place": what stands behind a failure in its lane is not attempted before it, and
// other lanes of the chunk go on (invariant 6).
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "host/dispatch/lane.hpp"
#include "tests/unit/handle/slot_fixture.hpp"

namespace tidegate {
namespace {

using Indices = std::vector<std::uint32_t>;
using Offsets = std::vector<std::int64_t>;

class SlotInPlaceTest : public SlotTest {
 protected:
  SlotInPlaceTest() { policy.waits = CallPolicy::Waits::on_failure; }
  // Runs of lanes, as a chunk has them; null: no lane.
  void fill_lanes(const std::vector<Lane*>& lanes) {
    fill(static_cast<std::int64_t>(lanes.size()));
    for (std::size_t i = 0; i < lanes.size(); ++i) chunk.items[i].lane = lanes[i];
  }
  void answer_for(std::int64_t offset, tidegate_status answer) {
    answers.one = [=](const tidegate_message& message, tidegate_result&) {
      return message.offset == offset ? answer : TIDEGATE_OK;
    };
  }
  Indices failed() const {
    Indices indices;
    for (const Failure& failure : chunk.failures) indices.push_back(failure.index);
    return indices;
  }

  Lane a;
  Lane b;
};

TEST_F(SlotInPlaceTest, Invariant6_WhatStandsBehindAFailureInItsLaneIsPassedOver) {
  fill_lanes({nullptr, &a, &a, &a, &b, &b});
  answer_for(1, TIDEGATE_FALSE);
  Slot(single, &answers, policy, clock).work(chunk);
  EXPECT_EQ(answers.seen, (Offsets{0, 1, 4, 5})) << "the other lane goes on";
  EXPECT_EQ(failed(), (Indices{1}));
  EXPECT_EQ(chunk.unattempted, (Indices{2, 3}));
  for (const std::uint32_t index : {1U, 2U, 3U}) EXPECT_FALSE(is_ok(index)) << index;
}

TEST_F(SlotInPlaceTest, Invariant6_WhereTheRestOfTheChunkIsOfThatLaneTheChunkEnds) {
  fill_lanes({&b, &a, &a, &a});
  answer_for(1, TIDEGATE_EXCEPTION);
  Slot(single, &answers, policy, clock).work(chunk);
  EXPECT_EQ(answers.seen, (Offsets{0, 1}));
  EXPECT_EQ(chunk.claimed(), 2U) << "what is not begun is the poll thread's at once";
  EXPECT_TRUE(chunk.unattempted.empty());
}

TEST_F(SlotInPlaceTest, AFailureWithoutALaneHoldsNothing) {
  fill_lanes({nullptr, nullptr, nullptr});
  answer_for(0, TIDEGATE_RETRY_AFTER);
  Slot(single, &answers, policy, clock).work(chunk);
  EXPECT_EQ(answers.seen.size(), 3U);
  EXPECT_TRUE(chunk.unattempted.empty());
}

TEST_F(SlotInPlaceTest, WhatEndsTheMessageDoesNotHoldItsLane) {
  for (const tidegate_status answer : {TIDEGATE_DROP, TIDEGATE_DEAD_LETTER}) {
    answers.seen.clear();
    chunk.failures.clear();
    fill_lanes({&a, &a, &a});
    answer_for(0, answer);
    Slot(single, &answers, policy, clock).work(chunk);
    EXPECT_EQ(answers.seen.size(), 3U) << answer;
    EXPECT_EQ(failed(), (Indices{0})) << answer;
  }
}

TEST_F(SlotInPlaceTest, APauseEndsTheChunkAsInEveryMode) {
  fill_lanes({&a, &b, nullptr});
  answer_for(0, TIDEGATE_PAUSE);
  Slot(single, &answers, policy, clock).work(chunk);
  EXPECT_EQ(answers.seen, (Offsets{0}));
  EXPECT_EQ(chunk.claimed(), 1U);
}

TEST_F(SlotInPlaceTest, WhatIsTakenBackWhileALaneIsPassedOverIsNotClaimed) {
  fill_lanes({&a, &a, &b});
  answers.one = [this](const tidegate_message& message, tidegate_result&) {
    EXPECT_EQ(message.offset, 0);
    EXPECT_EQ(chunk.close().count, 2U);  // as [poll] would
    return TIDEGATE_FALSE;
  };
  Slot(single, &answers, policy, clock).work(chunk);
  EXPECT_EQ(chunk.claimed(), 1U);
  EXPECT_TRUE(chunk.unattempted.empty());
}

TEST_F(SlotInPlaceTest, AnswersOfABatchBehindALanesFirstFailureAreVoid) {
  policy.batch_messages = 6;
  answers.batch = [](std::size_t, tidegate_status* statuses) {
    constexpr tidegate_status kAnswers[] = {TIDEGATE_OK,   TIDEGATE_FALSE,       TIDEGATE_OK,
                                            TIDEGATE_FAIL, TIDEGATE_DEAD_LETTER, TIDEGATE_OK};
    std::copy(std::begin(kAnswers), std::end(kAnswers), statuses);
    return TIDEGATE_OK;
  };
  fill_lanes({&a, &a, &a, &a, &b, &b});
  Slot(batching, &answers, policy, clock).work(chunk);
  EXPECT_EQ(failed(), (Indices{1, 4})) << "only the first of a lane is charged";
  EXPECT_EQ(chunk.unattempted, (Indices{2, 3}));
  EXPECT_FALSE(is_ok(2)) << "it was ok, and will be attempted again";
  EXPECT_TRUE(is_ok(5));
}

TEST_F(SlotInPlaceTest, TheNextBatchDoesNotBeginInALaneThatWaits) {
  policy.batch_messages = 2;
  std::vector<std::size_t> sizes;
  answers.batch = [&](std::size_t count, tidegate_status* statuses) {
    sizes.push_back(count);
    std::fill(statuses, statuses + count, TIDEGATE_OK);
    if (sizes.size() == 1) statuses[0] = TIDEGATE_FALSE;
    return TIDEGATE_OK;
  };
  fill_lanes({&a, &a, &a, &a, &a, &b});
  Slot(batching, &answers, policy, clock).work(chunk);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 1})) << "then the other lane's";
  EXPECT_EQ(failed(), (Indices{0}));
  EXPECT_EQ(chunk.unattempted, (Indices{1, 2, 3, 4}));
  EXPECT_TRUE(is_ok(5));
}

TEST_F(SlotInPlaceTest, WhatABatchLeftUnansweredFailsAloneAndHoldsItsLane) {
  policy.batch_messages = 5;
  answers.batch = [](std::size_t, tidegate_status*) { return TIDEGATE_EXCEPTION; };
  answer_for(1, TIDEGATE_EXCEPTION);
  fill_lanes({&a, &a, &a, &b, nullptr});
  Slot(batching, &answers, policy, clock).work(chunk);
  EXPECT_EQ(answers.seen, (Offsets{0, 1, 3, 4}));
  EXPECT_EQ(failed(), (Indices{1}));
  EXPECT_EQ(chunk.unattempted, (Indices{2}));
}

TEST_F(SlotInPlaceTest, AtMostOnceNothingWaits) {
  policy.waits = CallPolicy::Waits::never;
  policy.batch_messages = 3;
  answers.batch = [](std::size_t count, tidegate_status* statuses) {
    std::fill(statuses, statuses + count, TIDEGATE_OK);
    statuses[0] = TIDEGATE_PAUSE;
    return TIDEGATE_OK;
  };
  fill_lanes({&a, &a, &a});
  Slot(batching, &answers, policy, clock).work(chunk);
  EXPECT_EQ(failed(), (Indices{0}));
  EXPECT_TRUE(chunk.unattempted.empty()) << "what is ok is not handled a second time";
}

}  // namespace
}  // namespace tidegate
