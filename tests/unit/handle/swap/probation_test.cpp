// SPDX-License-Identifier: Apache-2.0
#include "host/handle/swap/probation.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"

namespace tidegate {
namespace {

using Verdict = Probation::Verdict;
using std::chrono::seconds;

class ProbationTest : public ::testing::Test {
 protected:
  Verdict after(Duration time, const ProbationFigures& figures) {
    return Probation(limits, clock.now()).judge(figures, clock.now() + time);
  }
  config::Probation limits{seconds(60), 10'000, 0.1};
  fakes::FakeClock clock;
};

TEST_F(ProbationTest, GoesOnWhileNothingIsHeldAgainstTheVersion) {
  EXPECT_EQ(after(seconds(0), {}), Verdict::goes_on);
  EXPECT_EQ(after(seconds(59), {.calls = 9'999, .failures = 999}), Verdict::goes_on);
}

TEST_F(ProbationTest, IsPassedWhenItsTimeIsOver) {
  EXPECT_EQ(after(seconds(60), {}), Verdict::passed);
  EXPECT_EQ(after(seconds(60), {.calls = 50, .failures = 5}), Verdict::passed);
}

TEST_F(ProbationTest, IsPassedAfterEnoughCalls) {
  EXPECT_EQ(after(seconds(1), {.calls = 10'000, .failures = 1'000}), Verdict::passed);
  limits.messages = 0;
  EXPECT_EQ(after(seconds(1), {.calls = 1'000'000}), Verdict::goes_on) << "0: only the time counts";
}

TEST_F(ProbationTest, FailsAboveTheRatio) {
  EXPECT_EQ(after(seconds(1), {.calls = 1'000, .failures = 100}), Verdict::goes_on);
  EXPECT_EQ(after(seconds(1), {.calls = 1'000, .failures = 101}), Verdict::failed);
  EXPECT_EQ(after(seconds(60), {.calls = 10'000, .failures = 1'001}), Verdict::failed)
      << "also at its very end";
}

TEST_F(ProbationTest, ReckonsWithAHundredCallsAtLeast) {
  EXPECT_EQ(after(seconds(1), {.calls = 3, .failures = 3}), Verdict::goes_on);
  EXPECT_EQ(after(seconds(1), {.calls = 11, .failures = 11}), Verdict::failed)
      << "more than a tenth of a hundred, whatever comes";
  limits.max_failure_ratio = 0;
  EXPECT_EQ(after(seconds(1), {.calls = 50, .failures = 1}), Verdict::failed);
  limits.max_failure_ratio = 1;
  EXPECT_EQ(after(seconds(1), {.calls = 500, .failures = 500}), Verdict::goes_on) << "off";
}

TEST_F(ProbationTest, FailsAtTheFirstCrashAndWhenTheLimiterTrips) {
  EXPECT_EQ(after(seconds(1), {.calls = 9'000, .crashes = 1}), Verdict::failed);
  EXPECT_EQ(after(seconds(1), {.calls = 20, .failures = 5, .limiter_tripped = true}),
            Verdict::failed);
}

TEST_F(ProbationTest, SaysWhy) {
  const Probation probation(limits, clock.now());
  EXPECT_EQ(probation.why({.calls = 83, .failures = 17}),
            "17 of 83 calls failed, more than plugin.probation.max_failure_ratio = 0.1 allows");
  EXPECT_EQ(probation.why({.crashes = 1}), "its worker process died");
}

}  // namespace
}  // namespace tidegate
