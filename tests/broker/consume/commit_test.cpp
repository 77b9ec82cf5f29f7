// SPDX-License-Identifier: Apache-2.0
//
// When positions are committed, and what becomes of a commit that fails.
#include <gtest/gtest.h>

#include <atomic>

#include "tests/broker/consume/consumer_rig.hpp"

namespace tidegate::broker {
namespace {

TEST(ConsumeCommit, ACommitThatFailsIsSentAgain) {
  fakes::MockKafka kafka;
  kafka.create_topic("commit", kPartitions);
  for (int i = 0; i < kPartitions * 100; ++i) kafka.produce("commit", i % kPartitions, "k", "v");
  kafka.flush();
  Rig rig(kafka, pipeline_on(kafka, "commit"), [](const tidegate_message&) { return TIDEGATE_OK; });
  EXPECT_TRUE(eventually([&] { return rig.snapshot().has_assignment; }));
  kafka.fail(fakes::MockKafka::Request::offset_commit, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
             2);
  EXPECT_TRUE(eventually([&] {
    const auto snapshot = rig.snapshot();
    return snapshot.caught_up && snapshot.topics.at(0).lag_messages == 0;
  }));
  rig.stop(std::chrono::seconds(20));
  for (int p = 0; p < kPartitions; ++p) EXPECT_EQ(kafka.committed("g-commit", "commit", p), 100);
}

// The system's clock until it is stopped.
class ClockThatStops final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override {
    const MonotonicTime stopped = stopped_;
    return stopped == MonotonicTime{} ? system_clock().now() : stopped;
  }
  [[nodiscard]] WallTime wall() const override { return system_clock().wall(); }
  void stop() { stopped_ = system_clock().now(); }

 private:
  std::atomic<MonotonicTime> stopped_{};
};

TEST(ConsumeCommit, TheLastOneOfABacklogWaitsForNoOther) {
  fakes::MockKafka kafka;
  kafka.create_topic("last", 1);
  config::Pipeline pipeline = pipeline_on(kafka, "last");
  pipeline.ordering = config::Ordering::none;
  pipeline.commit.interval = std::chrono::hours(1);
  pipeline.commit.max_messages = 1;
  std::atomic<bool> called{false};
  std::atomic<bool> gate{true};
  ClockThatStops clock;
  Rig rig(
      kafka, pipeline,
      [&](const tidegate_message& message) {
        called = called || message.offset == 2;
        while (message.offset == 1 && !called) fakes::look_again();
        while (message.offset == 2 && gate) fakes::look_again();
        return TIDEGATE_OK;
      },
      clock);
  const auto commits = [&](std::int64_t position) {
    return eventually([&] { return kafka.committed("g-last", "last", 0) == position; });
  };
  kafka.produce("last", 0, "k", "0");
  ASSERT_TRUE(commits(1));
  ASSERT_TRUE(eventually([&] { return rig.snapshot().caught_up; })) << "it knows where the end is";
  kafka.produce("last", 0, "k", "1");
  kafka.produce("last", 0, "k", "2");
  ASSERT_TRUE(commits(2)) << "while the other call runs";
  clock.stop();
  gate = false;
  EXPECT_TRUE(commits(3)) << "no time passes in which a turn could come";
}

}  // namespace
}  // namespace tidegate::broker
