// SPDX-License-Identifier: Apache-2.0
//
// A stop that meets a rebalance. A client that is closed while one waits for its callback leaves
// the group at once and calls back all the same; what the callback then asks of the client may
// never be answered, about one time in twenty. So nothing of ours may run while the client leaves.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/broker/consume/consumer_rig.hpp"

namespace tidegate::broker {
namespace {

constexpr int kFew = 20;

// The system's clock. Once armed it holds back the poll thread that asks for the time, until the
// group is left or a moment has passed; when it is left, it notes what had been served by then.
class ClockThatWaits final : public Clock {
 public:
  explicit ClockThatWaits(const fakes::MockKafka& kafka) : kafka_(kafka) {}
  [[nodiscard]] MonotonicTime now() const override {
    if (armed_ && !left_) {
      const MonotonicTime until = system_clock().now() + std::chrono::milliseconds(50);
      while (!left_ && system_clock().now() < until) {
        left_ = kafka_.seen(Request::leave_group) > left_before_;
        if (left_) served_ = served_so_far_();
      }
    }
    return system_clock().now();
  }
  [[nodiscard]] WallTime wall() const override { return system_clock().wall(); }

  // REQUIRES: one poll thread is left.
  void arm(std::function<std::uint64_t()> served_so_far) {
    served_so_far_ = std::move(served_so_far);
    left_before_ = kafka_.seen(Request::leave_group);
    armed_ = true;
  }
  // REQUIRES: that poll thread has ended.
  [[nodiscard]] std::optional<std::uint64_t> served_before_it_left() const { return served_; }

 private:
  const fakes::MockKafka& kafka_;
  std::function<std::uint64_t()> served_so_far_;
  std::size_t left_before_ = 0;
  std::atomic<bool> armed_{false};
  mutable bool left_ = false;  // the poll thread's, as what follows
  mutable std::optional<std::uint64_t> served_;
};

std::uint64_t given_back(const Rig& rig) {
  std::uint64_t sum = 0;
  for (const auto& topic : rig.snapshot().topics) {
    for (const std::uint64_t messages : topic.given_back) sum += messages;
  }
  return sum;
}

bool owns(const Rig& rig, std::size_t partitions) {
  const auto topics = rig.snapshot().topics;
  return !topics.empty() && topics.front().assigned_partitions == partitions;
}

TEST(StopInARebalance, WhatWaitsIsServedBeforeTheClientIsClosed) {
  fakes::MockKafka kafka;
  kafka.create_topic("leaving", kPartitions);
  kafka.track_requests();
  config::Pipeline config = pipeline_on(kafka, "leaving");
  config.consumer["partition.assignment.strategy"] = "range";
  config.consumer["session.timeout.ms"] = "4000";
  ClockThatWaits clock(kafka);
  std::atomic<bool> called{false};
  std::atomic<bool> gate{true};
  Rig rig(
      kafka, config,
      [&](const tidegate_message&) {
        called = true;
        while (gate) fakes::look_again();
        return TIDEGATE_PAUSE;  // unfinished: a last commit would be refused in a rebalance
      },
      clock);
  auto other = std::make_unique<Rig>(kafka, config, ok);
  ASSERT_TRUE(eventually([&] { return owns(rig, 2) && owns(*other, 2); }));
  for (int p = 0; p < kPartitions; ++p) {
    for (int i = 0; i < kFew; ++i) kafka.produce("leaving", p, "k", std::to_string(i));
  }
  kafka.flush();
  ASSERT_TRUE(eventually([&] { return called.load(); }));
  const std::uint64_t revoked = rig.snapshot().rebalances_revoked;
  // It drains, and will as long as the call runs.
  rig.request_stop(kPatience);
  ASSERT_TRUE(eventually([&] { return given_back(rig) > 0 && rig.retries_ended(); }));
  // A few heartbeats after the other has left, the client has heard of the rebalance.
  other.reset();
  const std::size_t before = kafka.seen(Request::heartbeat);
  ASSERT_TRUE(eventually([&] { return kafka.seen(Request::heartbeat) >= before + 3; }));
  clock.arm([&] { return rig.snapshot().rebalances_revoked; });
  gate = false;
  EXPECT_TRUE(eventually([&] { return rig.ended(); }));
  EXPECT_EQ(rig.snapshot().rebalances_revoked, revoked + 1);
  EXPECT_EQ(clock.served_before_it_left(), revoked + 1);
}

// As when a reload lets a pipeline drain and the host is told to end meanwhile.
TEST(StopWhileItDrains, TheEarliestDeadlineHolds) {
  fakes::MockKafka kafka;
  kafka.create_topic("twice", 1);
  kafka.track_requests();
  config::Pipeline config = pipeline_on(kafka, "twice");
  config.commit.interval = std::chrono::hours(1);
  std::atomic<bool> called{false};
  std::atomic<bool> gate{true};
  Rig rig(kafka, config, [&](const tidegate_message& message) {
    called = message.offset == 1;
    while (gate && message.offset == 1) fakes::look_again();
    return TIDEGATE_OK;
  });
  kafka.produce("twice", 0, "k", "finished");
  ASSERT_TRUE(eventually([&] { return rig.handled_count() == 1; }));
  kafka.produce("twice", 0, "k", "lasts");
  ASSERT_TRUE(eventually([&] { return called.load(); }));
  rig.request_stop(std::chrono::minutes(10));
  ASSERT_TRUE(eventually([&] { return rig.retries_ended(); })) << "it drains, too";
  const std::size_t before = kafka.seen(Request::leave_group);
  rig.request_stop(std::chrono::seconds(1));
  rig.request_stop(std::chrono::minutes(10));
  EXPECT_TRUE(eventually([&] { return kafka.seen(Request::leave_group) > before; }));
  EXPECT_EQ(kafka.committed(config.group_id, "twice", 0), 1) << "what is finished, and no more";
  gate = false;
}

// The group grants partitions while the last commit is tried again. What would be handled of them
// could only be drained when the client is closed, and copies are let go of before that.
TEST(StopInARebalance, WhatTheGroupGrantsIsNotBegun) {
  fakes::MockKafka kafka;
  kafka.create_topic("granted", kPartitions);
  kafka.track_requests();
  config::Pipeline config = pipeline_on(kafka, "granted");
  config.consumer["partition.assignment.strategy"] = "cooperative-sticky";
  config.consumer["session.timeout.ms"] = "4000";
  std::atomic<int> calls{0};
  std::atomic<bool> gate{true};
  Rig rig(kafka, config, [&](const tidegate_message&) {
    ++calls;
    while (gate) fakes::look_again();
    return TIDEGATE_OK;
  });
  auto other = std::make_unique<Rig>(kafka, config, ok);
  ASSERT_TRUE(eventually([&] { return owns(rig, 2) && owns(*other, 2); }));
  const auto produce_to_all = [&] {
    for (int p = 0; p < kPartitions; ++p) {
      for (int i = 0; i < kFew; ++i) kafka.produce("granted", p, "k", std::to_string(i));
    }
    kafka.flush();
  };
  produce_to_all();
  ASSERT_TRUE(eventually([&] { return calls > 0; }));
  rig.request_stop(kPatience);
  ASSERT_TRUE(eventually([&] { return given_back(rig) > 0; }));
  const int begun = calls;
  const std::size_t synced = kafka.seen(Request::sync_group);
  const std::uint64_t assigned = rig.snapshot().rebalances_assigned;
  other.reset();
  ASSERT_TRUE(eventually([&] { return kafka.seen(Request::sync_group) > synced; }));
  produce_to_all();
  kafka.fail(Request::offset_commit, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, 10);
  gate = false;
  ASSERT_TRUE(eventually([&] { return rig.ended(); }));
  EXPECT_GT(rig.snapshot().rebalances_assigned, assigned) << "the test has missed its moment";
  EXPECT_EQ(calls, begun);
}

}  // namespace
}  // namespace tidegate::broker
