// SPDX-License-Identifier: Apache-2.0
#include "host/app/signals.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "host/base/log.hpp"

namespace tidegate {
namespace {

MonotonicTime in(Duration time) { return system_clock().now() + time; }
constexpr Duration kLong = std::chrono::seconds(20);
constexpr int kNotInTime = 3;

TEST(Signals, NoneHasComeAtFirst) {
  Signals signals;
  EXPECT_FALSE(signals.wait_for_stop(in(Duration::zero())));
}

TEST(Signals, TheFirstAsksForAStop) {
  for (const int number : {SIGTERM, SIGINT}) {
    Signals signals;
    kill(getpid(), number);
    EXPECT_TRUE(signals.wait_for_stop(in(kLong)));
    EXPECT_TRUE(signals.wait_for_stop(in(Duration::zero()))) << "and it stays asked for";
  }
}

TEST(Signals, OneThatIsSentTwiceAtOnceIsOne) {
  using Meaning = Signals::Meaning;
  const MonotonicTime first{std::chrono::hours(1)};
  EXPECT_EQ(Signals::meaning_of(std::nullopt, first), Meaning::stop);
  EXPECT_EQ(Signals::meaning_of(first, first), Meaning::same_request);
  EXPECT_EQ(Signals::meaning_of(first, first + Signals::kOneRequest - Duration(1)),
            Meaning::same_request);
  EXPECT_EQ(Signals::meaning_of(first, first + Signals::kOneRequest), Meaning::stop_at_once);
}

// In a process of its own: what is tested ends it.
[[noreturn]] void send_two_and_hang() {
  Signals signals;
  kill(getpid(), SIGTERM);
  if (!signals.wait_for_stop(in(kLong))) std::_Exit(kNotInTime);
  // [main] hangs here, as in a plugin that does not come back, while somebody loses patience.
  alarm(20);
  while (true) {
    poll(nullptr, 0, 10);
    kill(getpid(), SIGINT);
  }
}

TEST(SignalsDeathTest, TheSecondEndsTheProcessEvenWhileMainHangs) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(send_two_and_hang(), testing::ExitedWithCode(1), "stopped_at_once");
}

TEST(Signals, AHangUpAsksForAReloadOnceAndForNoStop) {
  Signals signals;
  EXPECT_FALSE(signals.take_reload());
  kill(getpid(), SIGHUP);
  EXPECT_FALSE(signals.wait_for_stop(in(kLong))) << "it returns early, and says no";
  EXPECT_TRUE(signals.take_reload());
  EXPECT_FALSE(signals.take_reload());
  kill(getpid(), SIGTERM);
  EXPECT_TRUE(signals.wait_for_stop(in(kLong)));
}

}  // namespace
}  // namespace tidegate
