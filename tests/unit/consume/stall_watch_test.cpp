// SPDX-License-Identifier: Apache-2.0
//
// When a partition stands still, and what is no such thing. With a client: tests/broker.
#include "host/consume/stall_watch.hpp"

#include <gtest/gtest.h>

#include "host/consume/epoch_life.hpp"
#include "host/consume/pause_reason.hpp"
#include "tests/fakes/lonely_consumer.hpp"

namespace tidegate {
namespace {

using Reason = metrics::PauseReason;
using std::chrono::seconds;

class StallWatchTest : public ::testing::Test, protected fakes::LonelyConsumer {
 protected:
  // Read up to 10 of 20, nothing in flight.
  PartitionEpochPtr behind(std::int32_t number) {
    PartitionEpochPtr epoch = begin_epoch(state, "t", Partition{number}, Position{10});
    (void)epoch->ownership.begin();
    epoch->end = Position{20};
    return epoch;
  }
  // Looks once a second for so long; how many partitions were to be assigned anew.
  std::size_t watch(int looks) {
    std::size_t again = 0;
    for (; looks > 0; --looks) {
      clock.advance(seconds(1));
      again += stalls.tick(clock.now()).size();
    }
    return again;
  }

  StallWatch stalls{state, seconds(30)};
};

TEST_F(StallWatchTest, APartitionWithMoreToReadOfWhichNothingComesIsAssignedAnew) {
  const auto epoch = behind(0);
  EXPECT_EQ(watch(30), 0U);
  EXPECT_EQ(pause_reason(state, *epoch), std::nullopt);
  EXPECT_EQ(watch(1), 1U);
  EXPECT_EQ(pause_reason(state, *epoch), Reason::stalled);
  EXPECT_EQ(watch(29), 0U) << "it takes its time";
  EXPECT_EQ(watch(1), 1U) << "and is tried again";
}

TEST_F(StallWatchTest, GoesOnAsSoonAsSomethingComes) {
  const auto epoch = behind(0);
  EXPECT_EQ(watch(31), 1U);
  epoch->tracker.skip_to(Position{11});
  EXPECT_EQ(watch(1), 0U);
  EXPECT_EQ(pause_reason(state, *epoch), std::nullopt);
  EXPECT_EQ(watch(29), 0U) << "its time begins anew";
  EXPECT_EQ(watch(1), 1U);
}

TEST_F(StallWatchTest, WhatIsAtItsEndOrOfUnknownEndIsNotBehind) {
  behind(0)->end = Position{10};
  behind(1)->end = Position{-1};
  EXPECT_EQ(watch(100), 0U);
}

TEST_F(StallWatchTest, AReasonToStandStillIsNoStall) {
  behind(0)->full_since = MonotonicTime{Duration{1}};  // for long
  behind(1)->put_off = true;
  behind(2)->ahead_paused = true;
  behind(3)->blocked = 1;
  behind(4)->unreadable = Position{10};
  behind(5)->in_flight = 1;  // its handler has it
  (void)begin_epoch(state, "t", Partition{6}, Position{0});
  EXPECT_EQ(watch(100), 0U);
  state.partitions.find("t", Partition{5})->in_flight = 0;
}

TEST_F(StallWatchTest, APausedPipelineIsNotStalled) {
  (void)behind(0);
  pause.pause();
  EXPECT_EQ(watch(100), 0U);
  pause.resume();
  EXPECT_EQ(watch(29), 0U) << "what it stood before does not count";
}

TEST_F(StallWatchTest, OnlyTheOneThatStandsStillIsAssignedAnew) {
  const auto still = behind(0);
  const auto moves = behind(1);
  for (int second = 0; second < 60; ++second) {
    moves->tracker.skip_to(Position{11 + second / 7});
    for (const auto& again : (clock.advance(seconds(1)), stalls.tick(clock.now())))
      EXPECT_EQ(again, still);
  }
  EXPECT_TRUE(still->stalled);
  EXPECT_FALSE(moves->stalled);
}

}  // namespace
}  // namespace tidegate
