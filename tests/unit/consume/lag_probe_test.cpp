// SPDX-License-Identifier: Apache-2.0
//
// When the ends are asked for. That the question wakes the client is seen in tests/e2e
// (test_rebalance_pause.py), what its answers mean in tests/broker.
#include "host/consume/lag_probe.hpp"

#include <gtest/gtest.h>

#include "host/consume/client_assignment.hpp"
#include "host/consume/epoch_life.hpp"
#include "tests/fakes/lonely_consumer.hpp"

namespace tidegate {
namespace {

constexpr Duration kInterval = std::chrono::seconds(1);
constexpr Duration kSoon = std::chrono::milliseconds(20);

class LagProbeTest : public ::testing::Test, protected fakes::LonelyConsumer {
 protected:
  LagProbe probe{state, kInterval};
};

TEST_F(LagProbeTest, AsksAtOnceWhenTheGroupHasAssignedEvenIfThatIsNothingNew) {
  probe.tick(clock.now());
  EXPECT_EQ(probe.next_due(), clock.now() + kInterval);
  const kafka::PartitionList nothing = kafka::make_list(0);
  tell_client(state, RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, nothing.get());
  EXPECT_EQ(probe.next_due(), clock.now() + kSoon);
  clock.advance(kSoon);
  probe.tick(clock.now());
  EXPECT_EQ(probe.next_due(), clock.now() + kInterval) << "once";
}

TEST_F(LagProbeTest, AsksAgainWhenAQuestionWasUnderWayMeanwhile) {
  begin_epoch(state, "t", Partition{0}, Position{0});
  probe.tick(clock.now());
  EXPECT_EQ(probe.next_due(), MonotonicTime::max());
  state.fetches_anew = true;
  clock.advance(kInterval / 2);
  probe.tick(clock.now());
  EXPECT_TRUE(state.fetches_anew);
  probe.answered(nullptr, clock.now());
  EXPECT_LE(probe.next_due(), clock.now());
}

}  // namespace
}  // namespace tidegate
