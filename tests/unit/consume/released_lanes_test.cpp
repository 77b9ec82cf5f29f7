// SPDX-License-Identifier: Apache-2.0
//
// Which messages a pass brings back. Whole journeys are in release_model_test.cpp.
#include "host/consume/released_lanes.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_messages.hpp"

namespace tidegate {
namespace {

class ReleasedLanesTest : public ::testing::Test {
 protected:
  // The lane holds this message, which runs, or is parked.
  void hold(std::int64_t offset, std::string_view key, bool parked = false) {
    lanes.add(fakes::item(offset, key));
    lanes.take(1, taken);
    if (!parked) return;
    lanes.park(taken.back(), MonotonicTime(std::chrono::hours(1)));
    lanes.put_front(std::move(taken.back()));
    taken.pop_back();
  }
  bool take(std::string_view key, std::int64_t offset) {
    return released.take(lanes, key, Offset{offset});
  }

  PartitionLanes lanes{config::Ordering::key};
  std::vector<Item> taken;
  ReleasedLanes released;
};

TEST_F(ReleasedLanesTest, WhatFollowsAReleasedMessageInItsLaneIsReleasedToo) {
  EXPECT_FALSE(released.holds("a"));
  released.release("a", Offset{7});
  EXPECT_TRUE(released.holds("a"));
  EXPECT_FALSE(released.holds("b"));
  EXPECT_GT(released.bytes(), 0U);
}

TEST_F(ReleasedLanesTest, APassBeginsAtTheLowestReleasedOffsetOfALaneThatHoldsNothing) {
  EXPECT_FALSE(released.begin_at(lanes).has_value());
  hold(0, "stuck", /*parked=*/true);
  hold(1, "busy");
  released.release("stuck", Offset{3});
  released.release("busy", Offset{4});
  EXPECT_FALSE(released.begin_at(lanes).has_value()) << "both hold messages";
  released.release("b", Offset{9});
  released.release("a", Offset{6});
  released.release("a", Offset{5});
  EXPECT_EQ(released.begin_at(lanes), Offset{5});
}

TEST_F(ReleasedLanesTest, TakesWhatIsReleasedAndLeavesWhatIsFinishedHeldOrOfAnotherLane) {
  released.release("a", Offset{5});
  hold(2, "stuck", /*parked=*/true);
  released.release("stuck", Offset{6});
  released.begin_pass(Offset{5}, Position{20});
  EXPECT_TRUE(take("a", 5));
  EXPECT_FALSE(take("stuck", 6));
  EXPECT_FALSE(take("b", 7)) << "not released";
  EXPECT_TRUE(take("a", 8));
  released.end_pass();
  EXPECT_FALSE(released.holds("a")) << "it is back to its end";
  EXPECT_TRUE(released.holds("stuck"));
}

TEST_F(ReleasedLanesTest, ALaneThatFailsOnTheWayHoldsWhatFollowsUntilItIsReleasedAgain) {
  released.release("a", Offset{5});
  released.begin_pass(Offset{5}, Position{20});
  EXPECT_TRUE(take("a", 5));
  hold(5, "a", /*parked=*/true);
  EXPECT_TRUE(take("a", 8)) << "as in ordinary reading";
  released.release("a", Offset{8});
  EXPECT_FALSE(take("a", 9)) << "8 would be overtaken";
  released.end_pass();
  EXPECT_TRUE(released.holds("a"));
  lanes.unpark_due(MonotonicTime(std::chrono::hours(2)));
  lanes.take(1, taken);  // 5 is through
  lanes.stopped_running(taken.back().lane);
  EXPECT_EQ(released.begin_at(lanes), Offset{8});
}

TEST_F(ReleasedLanesTest, WhatIsReleasedBehindThePassWaitsForTheNext) {
  released.release("b", Offset{9});
  released.begin_pass(Offset{9}, Position{20});
  released.release("a", Offset{4});  // read long ago; the pass is past it
  EXPECT_FALSE(take("a", 12)) << "4 would be overtaken";
  released.end_pass();
  EXPECT_EQ(released.begin_at(lanes), Offset{4});
}

TEST_F(ReleasedLanesTest, ALaneWhoseFirstReleasedMessageIsBelowThePassIsNotTaken) {
  hold(1, "a");
  released.release("a", Offset{4});
  released.release("b", Offset{9});
  released.begin_pass(Offset{9}, Position{20});
  lanes.stopped_running(taken.back().lane);  // it holds nothing by now
  EXPECT_FALSE(take("a", 12));
  released.end_pass();
  EXPECT_TRUE(released.holds("a"));
}

TEST_F(ReleasedLanesTest, WhatThePassDidNotReachStaysReleased) {
  released.release("a", Offset{5});
  released.begin_pass(Offset{5}, Position{20});
  EXPECT_TRUE(take("a", 5));
  released.abort_pass();
  EXPECT_TRUE(released.holds("a"));
  EXPECT_EQ(released.begin_at(lanes), Offset{6});
}

TEST_F(ReleasedLanesTest, ALaneOfWhichTheLogHasNothingAnyMoreIsForgotten) {
  released.release("gone", Offset{5});
  released.release("a", Offset{6});
  released.begin_pass(Offset{5}, Position{20});
  EXPECT_TRUE(take("a", 6));
  released.end_pass();
  EXPECT_TRUE(released.empty());
  EXPECT_EQ(released.bytes(), 0U);
}

TEST_F(ReleasedLanesTest, WhatTheLogHasLostIsNotWaitedFor) {
  released.release("gone", Offset{5});
  released.release("left", Offset{6});
  released.lose_below(Offset{12}, Position{20});
  EXPECT_EQ(released.begin_at(lanes), Offset{12});
  released.lose_below(Offset{20}, Position{20});
  EXPECT_TRUE(released.empty());
  EXPECT_EQ(released.bytes(), 0U);
}

TEST_F(ReleasedLanesTest, WhereThePartitionIsOneLaneItsNameIsEmpty) {
  PartitionLanes whole(config::Ordering::partition);
  EXPECT_EQ(whole.lane_name(fakes::item(0, "k")), std::string_view());
  EXPECT_EQ(lanes.lane_name(fakes::item(0, "k")), std::string_view("k"));
  EXPECT_FALSE(lanes.lane_name(fakes::item(0)).has_value()) << "no key, no lane";
  released.release("", Offset{3});
  released.begin_pass(Offset{3}, Position{9});
  EXPECT_TRUE(released.take(whole, "", Offset{3}));
}

}  // namespace
}  // namespace tidegate
