// SPDX-License-Identifier: Apache-2.0
#include "host/route/dead_letter_limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace tidegate {
namespace {

// How many dead letters in a row it admits, at most 5,000.
int admitted(DeadLetterLimiter& limiter) {
  int count = 0;
  while (count < 5000 && limiter.admit()) ++count;
  return count;
}

TEST(DeadLetterLimiter, TheRatioSaysNothingBelowAHundredEnds) {
  DeadLetterLimiter limiter(0.5, 0);
  EXPECT_EQ(admitted(limiter), 99);
  EXPECT_TRUE(limiter.tripped());
}

TEST(DeadLetterLimiter, AdmitsUpToTheRatioAndNotPastIt) {
  DeadLetterLimiter limiter(0.5, 0);
  limiter.ended(100);
  EXPECT_EQ(admitted(limiter), 100) << "100 of 200 are half, 101 of 201 are more";
}

TEST(DeadLetterLimiter, OneRefusalTripsItAndGoodEndsDoNotLiftThat) {
  DeadLetterLimiter limiter(0.5, 0);
  EXPECT_FALSE(limiter.tripped());
  (void)admitted(limiter);
  limiter.ended(10'000);
  EXPECT_TRUE(limiter.tripped());
  EXPECT_FALSE(limiter.admit());
}

TEST(DeadLetterLimiter, ResumeEmptiesTheWindow) {
  DeadLetterLimiter limiter(0.5, 0);
  limiter.ended(1000);
  EXPECT_EQ(admitted(limiter), 500);
  limiter.resume();
  EXPECT_FALSE(limiter.tripped());
  EXPECT_EQ(admitted(limiter), 99) << "as when it was new: nothing good is remembered either";
}

TEST(DeadLetterLimiter, NoMoreThanTheLastThousandEndsCount) {
  DeadLetterLimiter limiter(0.5, 0);
  limiter.ended(1'000'000);
  EXPECT_EQ(admitted(limiter), 500) << "half of a thousand, however many ended well before";
}

TEST(DeadLetterLimiter, TheOldestEndsFallOutOfTheWindowFirst) {
  DeadLetterLimiter limiter(0.5, 0);
  for (int i = 0; i < 99; ++i) ASSERT_TRUE(limiter.admit());
  limiter.ended(901);  // full: 99 dead letters, then good ends
  // The first 99 replace dead letters, so it takes 500 until half of the window is dead.
  EXPECT_EQ(admitted(limiter), 500);
}

TEST(DeadLetterLimiter, AThousandGoodEndsLeaveNoDeadLetterInTheWindow) {
  DeadLetterLimiter limiter(0.5, 0);
  limiter.ended(300);
  for (int i = 0; i < 250; ++i) ASSERT_TRUE(limiter.admit());
  for (int i = 0; i < 10; ++i) limiter.ended(100);
  EXPECT_EQ(admitted(limiter), 500);
}

TEST(DeadLetterLimiter, ASteadyShareBelowTheRatioNeverTripsIt) {
  DeadLetterLimiter limiter(0.5, 0);
  for (int i = 0; i < 5000; ++i) {
    limiter.ended(3);
    ASSERT_TRUE(limiter.admit()) << i;
    ASSERT_TRUE(limiter.admit()) << i;
  }
}

TEST(DeadLetterLimiter, ARatioOfOneIsNoLimit) {
  DeadLetterLimiter limiter(1, 0);
  EXPECT_EQ(admitted(limiter), 5000);
  EXPECT_FALSE(limiter.tripped());
}

TEST(DeadLetterLimiter, ARatioOfZeroAdmitsOnlyWhileTooFewEndedToJudge) {
  DeadLetterLimiter limiter(0, 0);
  limiter.ended(98);
  EXPECT_TRUE(limiter.admit());
  EXPECT_FALSE(limiter.admit());
}

TEST(DeadLetterLimiter, SoManyInARowAndNoMore) {
  DeadLetterLimiter limiter(1, 3);
  EXPECT_EQ(admitted(limiter), 3);
  EXPECT_TRUE(limiter.tripped());
  limiter.resume();
  EXPECT_EQ(admitted(limiter), 3) << "counted anew";
}

TEST(DeadLetterLimiter, AGoodEndBreaksTheRowAndNoneDoesNot) {
  DeadLetterLimiter limiter(1, 3);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(limiter.admit());
    ASSERT_TRUE(limiter.admit());
    limiter.ended(1);
  }
  EXPECT_TRUE(limiter.admit());
  limiter.ended(0);
  EXPECT_EQ(admitted(limiter), 2);
}

TEST(DeadLetterLimiter, ConsumersShareOneLimit) {
  DeadLetterLimiter limiter(1, 500);
  std::atomic<int> total{0};
  {
    std::vector<std::jthread> consumers;
    for (int i = 0; i < 4; ++i) {
      consumers.emplace_back([&] {
        while (!limiter.tripped()) {
          if (limiter.admit()) ++total;
        }
      });
    }
  }
  EXPECT_EQ(total, 500);
}

TEST(DeadLetterLimiter, ManyDifferentMessagesThatCrashTripItAndOneThatDoesSoOftenDoesNot) {
  DeadLetterLimiter limiter(1, 0);
  limiter.limit_crashes(2, std::chrono::seconds(60));
  const MonotonicTime now{std::chrono::hours(1)};
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limiter.trips_on_crash("a", now));
  EXPECT_FALSE(limiter.trips_on_crash("b", now));
  EXPECT_FALSE(limiter.trips_on_crash("c", now + std::chrono::seconds(61))) << "long after";
  EXPECT_FALSE(limiter.trips_on_crash("d", now + std::chrono::seconds(62)));
  EXPECT_TRUE(limiter.trips_on_crash("e", now + std::chrono::seconds(63)));
  EXPECT_TRUE(limiter.tripped());
  EXPECT_FALSE(limiter.trips_on_crash("f", now + std::chrono::seconds(64))) << "it has tripped";
  limiter.resume();
  EXPECT_FALSE(limiter.trips_on_crash("g", now + std::chrono::seconds(65)));
}

}  // namespace
}  // namespace tidegate
