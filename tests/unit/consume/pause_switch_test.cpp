// SPDX-License-Identifier: Apache-2.0
#include "host/consume/pause_switch.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace tidegate {
namespace {

using Calls = PauseSwitch::Calls;

MonotonicTime in(std::chrono::milliseconds time) { return system_clock().now() + time; }

TEST(PauseSwitch, IsOffAtFirstAndGoesBothWays) {
  PauseSwitch pause(1);
  EXPECT_FALSE(pause.paused());
  pause.pause();
  EXPECT_TRUE(pause.paused());
  pause.resume();
  EXPECT_FALSE(pause.paused());
}

TEST(PauseSwitch, WhoHasNotJoinedYetStartsNoCall) {
  PauseSwitch pause(3);
  EXPECT_TRUE(pause.wait_held(in(std::chrono::seconds(20))));
}

TEST(PauseSwitch, WaitsForEachMemberThatMayStartCalls) {
  PauseSwitch pause(2);
  pause.told(0, Calls::may_start);
  pause.told(1, Calls::may_start);
  pause.told(0, Calls::held);
  EXPECT_FALSE(pause.wait_held(in(std::chrono::milliseconds(20))));
  const std::jthread member([&pause] { pause.told(1, Calls::held); });
  EXPECT_TRUE(pause.wait_held(in(std::chrono::seconds(20))));
}

}  // namespace
}  // namespace tidegate
