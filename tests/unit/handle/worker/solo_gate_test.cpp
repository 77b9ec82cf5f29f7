// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/solo_gate.hpp"

#include <gtest/gtest.h>

#include <future>

namespace tidegate {
namespace {

using Pass = SoloGate::Pass;

class SoloGateTest : public ::testing::Test {
 protected:
  SoloGateTest() {
    source.topic = "orders";
    source.partition = Partition{1};
  }

  PartitionSource source;
  SoloGate gate{std::chrono::seconds(60)};
  MonotonicTime now{std::chrono::hours(1)};
};

TEST_F(SoloGateTest, WithoutSuspectsAllGoInTogether) {
  EXPECT_EQ(gate.enter(now), Pass::many);
  EXPECT_EQ(gate.enter(now), Pass::many);
  gate.leave(Pass::many);
  gate.leave(Pass::many);
}

TEST_F(SoloGateTest, WhileThereIsASuspectOneGoesInAtATime) {
  gate.suspect(source, Offset{7}, now);
  ASSERT_EQ(gate.enter(now), Pass::alone);
  auto next = std::async(std::launch::async, [&] { return gate.enter(now); });
  EXPECT_EQ(next.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  gate.tried(source, Offset{7});
  gate.leave(Pass::alone);
  EXPECT_EQ(next.get(), Pass::many) << "the only suspect was tried";
}

TEST_F(SoloGateTest, TheFirstAloneWaitsForThoseInside) {
  ASSERT_EQ(gate.enter(now), Pass::many);
  gate.suspect(source, Offset{7}, now);
  auto alone = std::async(std::launch::async, [&] { return gate.enter(now); });
  EXPECT_EQ(alone.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  gate.leave(Pass::many);
  EXPECT_EQ(alone.get(), Pass::alone);
}

TEST_F(SoloGateTest, ASuspectThatDoesNotComeBackIsForgotten) {
  gate.suspect(source, Offset{7}, now);
  EXPECT_EQ(gate.enter(now + std::chrono::seconds(61)), Pass::many);
  EXPECT_FALSE(gate.any());
}

}  // namespace
}  // namespace tidegate
