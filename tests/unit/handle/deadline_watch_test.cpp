// SPDX-License-Identifier: Apache-2.0
#include "host/handle/deadline_watch.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.hpp"

namespace tidegate {
namespace {

using std::chrono::seconds;

TEST(DeadlineWatch, ReportsEachCallOncePerLimit) {
  fakes::FakeClock clock;
  DeadlineWatch watch("orders", seconds(10), seconds(30));
  const auto source = std::make_shared<PartitionSource>();
  const std::vector<CallInfo> calls = {{source, Offset{7}, clock.now()}};
  clock.advance(seconds(9));
  watch.check(calls, clock.now());
  EXPECT_EQ(watch.soft_passed(), 0U);
  clock.advance(seconds(1));
  watch.check(calls, clock.now());
  watch.check(calls, clock.now());
  EXPECT_EQ(watch.soft_passed(), 1U);
  clock.advance(seconds(25));
  watch.check(calls, clock.now());
  watch.check(calls, clock.now());
  EXPECT_EQ(watch.soft_passed(), 1U);
  EXPECT_EQ(watch.hard_passed(), 1U);
}

TEST(DeadlineWatch, ALimitOfZeroIsOff) {
  fakes::FakeClock clock;
  DeadlineWatch watch("orders", Duration::zero(), Duration::zero());
  const std::vector<CallInfo> calls = {
      {std::make_shared<PartitionSource>(), Offset{7}, clock.now()}};
  clock.advance(seconds(1000));
  watch.check(calls, clock.now());
  EXPECT_EQ(watch.soft_passed() + watch.hard_passed(), 0U);
}

TEST(DeadlineWatch, TheNextCallIsReportedAgain) {
  fakes::FakeClock clock;
  DeadlineWatch watch("orders", seconds(1), Duration::zero());
  const auto source = std::make_shared<PartitionSource>();
  for (const std::int64_t offset : {1, 2}) {
    const std::vector<CallInfo> calls = {{source, Offset{offset}, clock.now()}};
    clock.advance(seconds(2));
    watch.check(calls, clock.now());
  }
  EXPECT_EQ(watch.soft_passed(), 2U);
}

}  // namespace
}  // namespace tidegate
