// SPDX-License-Identifier: Apache-2.0
//
// What brings the version before back, and what does not.
#include "tests/unit/handle/swap/hot_swap_fixture.hpp"

namespace tidegate {
namespace {

using std::chrono::seconds;

TEST_F(HotSwapTest, AVersionThatFailsTooOftenIsTakenBack) {
  (void)deploy("1.1");
  EXPECT_TRUE(told().on_probation);
  calls(80, 20);
  swap.tick();
  EXPECT_EQ(version(), "1.0");
  EXPECT_EQ(told().generation, 3U) << "the same switch the other way";
  EXPECT_TRUE(source.lives[1]->ended);
  EXPECT_FALSE(told().on_probation);
  EXPECT_EQ(count(What::rolled_back), 1U);
  EXPECT_EQ(told().last_reload,
            "orders 1.1 was taken back: 20 of 100 calls failed, more than "
            "plugin.probation.max_failure_ratio = 0.1 allows; orders 1.0 handles");
}

TEST_F(HotSwapTest, AVersionWhoseWorkerDiesIsTakenBack) {
  (void)deploy("1.1");
  source.lives.back()->processes.deaths = 1;
  swap.tick();
  EXPECT_EQ(version(), "1.0");
  EXPECT_NE(told().last_reload.find("its worker process died"), std::string::npos);
}

TEST_F(HotSwapTest, DroppedAndPausedMessagesAreNoFailures) {
  (void)deploy("1.1");
  SlotStats& stats = source.lives.back()->worker->counted;
  stats.count_calls(ErrorKind::status, 500);
  stats.count_excused(500);
  swap.tick();
  EXPECT_EQ(version(), "1.1");
  EXPECT_EQ(told().probation_calls, 0U);
}

TEST_F(HotSwapTest, AVersionThatPassesStays) {
  (void)deploy("1.1");
  calls(1'000, 50);
  swap.tick();
  EXPECT_EQ(told().probation_failures, 50U);
  clock.advance(seconds(60));
  swap.tick();
  EXPECT_FALSE(told().on_probation);
  calls(0, 5'000);
  swap.tick();
  EXPECT_EQ(version(), "1.1") << "what fails later has another reason";
  EXPECT_EQ(swap.next_tick(), std::nullopt) << "nothing is left to look at";
}

TEST_F(HotSwapTest, WithoutProbationNothingIsTakenBack) {
  config::Plugin plugin = pipeline.plugin;
  plugin.probation.time = config::Milliseconds::zero();
  source.file = "1.1";
  EXPECT_EQ(swap.reload(plugin).probation, config::Milliseconds::zero());
  calls(0, 5'000);
  swap.tick();
  EXPECT_EQ(version(), "1.1");
}

TEST_F(HotSwapTest, WhatIsPutBackIsTheLastVersionThatPassed) {
  (void)deploy("1.1");
  (void)deploy("1.2");  // while 1.1 is on probation
  calls(0, 50);
  swap.tick();
  EXPECT_EQ(version(), "1.0");
}

TEST_F(HotSwapTest, GoingBackByHandNeedsNoProbation) {
  (void)deploy("1.1");
  (void)deploy("1.0");
  EXPECT_FALSE(told().on_probation);
  calls(0, 50);
  swap.tick();
  EXPECT_EQ(version(), "1.0");
}

TEST_F(HotSwapTest, ARollbackLiftsTheLimiterThatTheBadVersionTripped) {
  (void)deploy("1.1");
  for (int i = 0; i < 200; ++i) (void)limiter.admit();
  ASSERT_TRUE(limiter.tripped());
  swap.tick();
  EXPECT_EQ(version(), "1.0");
  EXPECT_FALSE(limiter.tripped());
}

TEST_F(HotSwapTest, ALimiterThatHadTrippedBeforeIsNotTheNewVersionsFault) {
  for (int i = 0; i < 200; ++i) (void)limiter.admit();
  ASSERT_TRUE(limiter.tripped());
  (void)deploy("1.1");
  swap.tick();
  EXPECT_EQ(version(), "1.1");
  EXPECT_TRUE(limiter.tripped()) << "whoever deployed it resumes the pipeline";
}

TEST_F(HotSwapTest, WhereTheOldVersionDoesNotStartAnyMoreTheNewOneStays) {
  (void)deploy("1.1");
  source.does_not_start = "1.0";
  calls(0, 50);
  swap.tick();
  EXPECT_EQ(version(), "1.1");
  EXPECT_EQ(count(What::rolled_back), 0U);
  EXPECT_NE(told().last_reload.find("no database"), std::string::npos) << told().last_reload;
  swap.tick();
  EXPECT_EQ(source.lives.size(), 2U) << "it is not tried again and again";
}

// A pipeline that was made anew, with a version that has not handled before.
TEST_F(HotSwapTest, AFirstVersionIsOnProbationWhereThereIsALastGoodOne) {
  HotSwap anew{pipeline,
               fakes::facts("1.0"),
               pool,
               source,
               limiter,
               clock,
               HotSwap::Version{fakes::facts("0.9"), pipeline.plugin}};
  EXPECT_EQ(anew.last_good().facts.identity.version, "0.9");
  calls(80, 20);
  anew.tick();
  EXPECT_EQ(version(), "0.9");
  EXPECT_EQ(anew.current().facts.identity.version, "0.9");
}

TEST_F(HotSwapTest, AFirstVersionThatHandledBeforeIsNotOnProbation) {
  HotSwap anew{pipeline,
               fakes::facts("1.0"),
               pool,
               source,
               limiter,
               clock,
               HotSwap::Version{fakes::facts("1.0"), pipeline.plugin}};
  calls(0, 1'000);
  anew.tick();
  EXPECT_EQ(anew.next_tick(), std::nullopt);
  EXPECT_EQ(version(), "1.0");
}

TEST_F(HotSwapTest, TheLastGoodVersionIsTheOneBeforeUntilProbationHasPassed) {
  EXPECT_EQ(swap.last_good().facts.identity.version, "1.0");
  (void)deploy("1.1");
  (void)deploy("1.2");
  EXPECT_EQ(swap.last_good().facts.identity.version, "1.0");
  clock.advance(seconds(60));
  swap.tick();
  EXPECT_EQ(swap.last_good().facts.identity.version, "1.2");
}

}  // namespace
}  // namespace tidegate
