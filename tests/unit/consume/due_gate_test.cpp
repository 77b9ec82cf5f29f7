// SPDX-License-Identifier: Apache-2.0
//
// When a message of a retry topic may start. What needs a client that reads is in tests/broker.
#include "host/consume/due_gate.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "host/consume/epoch_life.hpp"
#include "tests/fakes/lonely_consumer.hpp"

namespace tidegate {
namespace {

using Offsets = std::vector<std::int64_t>;
using std::chrono::milliseconds;

constexpr std::int64_t kDelayMs = 10'000;
constexpr const char* kTopic = "g.retry.10s";

config::Pipeline retrying() {
  config::Pipeline pipeline;
  pipeline.name = "p";
  pipeline.group_id = "g";
  pipeline.retry.delays = {milliseconds(kDelayMs)};
  return pipeline;
}

class DueGateTest : public ::testing::Test, protected fakes::LonelyConsumer {
 protected:
  DueGateTest() : LonelyConsumer(retrying(), Reads::retry_topics) {}

  PartitionEpochPtr partition(std::int32_t number) {
    PartitionEpochPtr epoch = begin_epoch(state, kTopic, Partition{number}, Position{0});
    (void)epoch->ownership.begin();
    return epoch;
  }
  // A copy that was appended so long ago.
  Item appended(std::int64_t offset, std::int64_t ago_ms) {
    Item item;
    item.message = kafka::HeldMessage::copy_of({}, "v", now_ms() - ago_ms);
    item.offset = Offset{offset};
    return item;
  }
  std::vector<Item> run(std::initializer_list<std::int64_t> ages_ms) {
    std::vector<Item> items;
    for (const std::int64_t ago : ages_ms)
      items.push_back(appended(static_cast<std::int64_t>(items.size()), ago));
    return items;
  }
  Offsets take_due() {
    Offsets taken;
    gate.take_due([&](PartitionEpoch&, Item&& item) { taken.push_back(item.offset.value); });
    return taken;
  }
  [[nodiscard]] std::int64_t now_ms() const { return clock.wall().time_since_epoch().count(); }

  DueGate gate{state};
};

TEST_F(DueGateTest, ACopyIsDueADelayAfterItWasAppended) {
  const auto epoch = partition(0);
  EXPECT_EQ(DueGate::due_ms(*epoch, appended(0, 300)), now_ms() - 300 + kDelayMs);
}

TEST_F(DueGateTest, HoldsWhatIsDueWithinTwoFetchWaitsAndPutsOffTheRest) {
  const auto epoch = partition(0);
  // Overdue, due in exactly a second, in a millisecond more, and later.
  EXPECT_EQ(gate.admit(epoch, run({60'000, kDelayMs - 1'000, kDelayMs - 1'001, 0})), 2U);
  EXPECT_EQ(epoch->put_off_until_ms, now_ms() + 1'001) << "when the first that is left is due";
  EXPECT_FALSE(epoch->put_off) << "the client is paused between batches, not now";
}

TEST_F(DueGateTest, PutsNothingOffWhereAllIsDueSoon) {
  const auto epoch = partition(0);
  EXPECT_EQ(gate.admit(epoch, run({60'000, 20'000, kDelayMs - 900})), 3U);
  EXPECT_EQ(epoch->put_off_until_ms, 0);
}

TEST_F(DueGateTest, HoldsNothingWhereTheHeadIsNotDueSoon) {
  const auto epoch = partition(0);
  EXPECT_EQ(gate.admit(epoch, run({0, 0})), 0U);
  EXPECT_EQ(epoch->put_off_until_ms, now_ms() + kDelayMs);
}

TEST_F(DueGateTest, NothingStartsBeforeItsTime) {
  const auto epoch = partition(0);
  epoch->held.push_back(appended(0, kDelayMs - 500));
  epoch->held.push_back(appended(1, kDelayMs - 501 + 2));
  EXPECT_EQ(take_due(), Offsets{});
  clock.advance(milliseconds(500));
  EXPECT_EQ(take_due(), Offsets{}) << "its millisecond has begun: a full delay has not passed yet";
  clock.advance(milliseconds(1));
  EXPECT_EQ(take_due(), (Offsets{0, 1}));
  EXPECT_TRUE(epoch->held.empty());
}

TEST_F(DueGateTest, TheHeadHoldsWhatIsBehindIt) {
  const auto epoch = partition(0);
  const auto other = partition(1);
  epoch->held.push_back(appended(0, kDelayMs - 500));
  epoch->held.push_back(appended(1, 60'000));
  other->held.push_back(appended(7, 60'000));
  EXPECT_EQ(take_due(), (Offsets{7}));
}

TEST_F(DueGateTest, AtMostOnceStartsNothingBeforeItsCommit) {
  pipeline.delivery = config::Delivery::at_most_once;
  const auto epoch = partition(0);
  epoch->held.push_back(appended(0, 60'000));
  epoch->held.push_back(appended(1, 60'000));
  EXPECT_EQ(take_due(), Offsets{});
  epoch->committed = Position{1};
  EXPECT_EQ(take_due(), (Offsets{0}));
}

TEST_F(DueGateTest, WakesWhenTheFirstIsDueOrHasToBeReadAgain) {
  EXPECT_FALSE(gate.next_due(clock.now()).has_value()) << "nothing waits";
  const auto put_off = partition(0);
  put_off->put_off = true;
  put_off->put_off_until_ms = now_ms() + 5'000;
  EXPECT_EQ(gate.next_due(clock.now()), clock.now() + milliseconds(4'000))
      << "two fetch waits before it is due";
  const auto holding = partition(1);
  holding->held.push_back(appended(0, kDelayMs - 700));
  EXPECT_EQ(gate.next_due(clock.now()), clock.now() + milliseconds(701));
  holding->held.clear();
  holding->held.push_back(appended(0, 60'000));
  EXPECT_EQ(gate.next_due(clock.now()), clock.now() + milliseconds(1)) << "never in the past";
}

TEST_F(DueGateTest, ASeekThatFailsIsTriedAgain) {
  const auto epoch = partition(0);
  EXPECT_EQ(gate.admit(epoch, run({0})), 0U);
  gate.tick();
  EXPECT_TRUE(epoch->put_off) << "what slips through is discarded, whatever the client does";
  clock.advance(milliseconds(kDelayMs - 1'001));
  gate.tick();
  EXPECT_TRUE(epoch->put_off);
  clock.advance(milliseconds(1));
  gate.tick();
  // This client does not know the partition, so it cannot be sought.
  EXPECT_TRUE(epoch->put_off) << "it would otherwise go on from somewhere else";
  EXPECT_GT(epoch->put_off_until_ms, 0);
}

TEST_F(DueGateTest, WhatDrainsIsNeitherPausedNorSought) {
  const auto epoch = partition(0);
  EXPECT_EQ(gate.admit(epoch, run({0})), 0U);
  epoch->ownership.drain();
  gate.tick();
  EXPECT_FALSE(epoch->put_off);
}

TEST(BrokerClock, FollowsTheMonotonicClockAndNeverLagsBehindABroker) {
  fakes::FakeClock clock;
  BrokerClock broker(clock);
  const std::int64_t start = clock.wall().time_since_epoch().count();
  EXPECT_EQ(broker.now_ms(), start);
  clock.advance(milliseconds(1500));
  EXPECT_EQ(broker.now_ms(), start + 1500);
  broker.saw(start + 1000);
  EXPECT_EQ(broker.now_ms(), start + 1500) << "an old append time says nothing";
  broker.saw(start + 1800);
  EXPECT_EQ(broker.now_ms(), start + 1800) << "a broker is ahead";
  clock.advance(milliseconds(200));
  EXPECT_EQ(broker.now_ms(), start + 2000);
  broker.saw(start + 1900);
  EXPECT_EQ(broker.now_ms(), start + 2000) << "another one is less ahead";
}

// The wall clock may be set while the host runs; the time between does not depend on it.
class SteppingClock final : public Clock {
 public:
  MonotonicTime now() const override { return steady; }
  WallTime wall() const override { return stepping; }
  MonotonicTime steady{std::chrono::hours(1)};
  WallTime stepping{milliseconds(1'700'000'000'000)};
};

TEST(BrokerClock, StepsOfTheWallClockDoNotMatter) {
  SteppingClock clock;
  const BrokerClock broker(clock);
  const std::int64_t start = broker.now_ms();
  clock.stepping += std::chrono::hours(1);
  clock.steady += milliseconds(5);
  EXPECT_EQ(broker.now_ms(), start + 5);
  clock.stepping -= std::chrono::hours(2);
  EXPECT_EQ(broker.now_ms(), start + 5);
}

TEST_F(DueGateTest, IsDueWhenItsDelayIsOverAndWhatItWasAskedToWaitFor) {
  const PartitionEpochPtr epoch = partition(0);
  const Item item = appended(0, kDelayMs - 300);
  EXPECT_EQ(gate.due(*epoch, item, 0) - clock.now(), milliseconds(300));
  EXPECT_EQ(gate.due(*epoch, item, now_ms() + 900) - clock.now(), milliseconds(900));
  EXPECT_EQ(gate.due(*epoch, appended(1, kDelayMs + 50), 0) - clock.now(), milliseconds(-50));
}

}  // namespace
}  // namespace tidegate
