// SPDX-License-Identifier: Apache-2.0
//
// What users of other consumers have suffered in groups (tests/complaints.md), where no other test
// here would fail.
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

using metrics::PauseReason;

// Handlers that wait until the test lets them go.
class Barrier {
 public:
  tidegate_status pass(const tidegate_message&) {
    ++inside_;
    while (shut_) fakes::look_again();
    --inside_;
    return TIDEGATE_OK;
  }
  void open() { shut_ = false; }
  void shut() { shut_ = true; }
  [[nodiscard]] int inside() const { return inside_; }

 private:
  std::atomic<bool> shut_{true};
  std::atomic<int> inside_{0};
};

class PausedAndGone : public ::testing::TestWithParam<const char*> {};

// spring-kafka#2222, #2525, #2565; kafkaflow#581: the client keeps a pause over a revocation, and a
// partition that comes back is never read again.
TEST_P(PausedAndGone, APartitionThatWasPausedWhenItWentIsReadWhenItIsBack) {
  constexpr int kEach = 300;
  constexpr int kOfBack = 2;
  fakes::MockKafka kafka;
  fill(kafka, "back", kEach, kOfBack);
  config::Pipeline pipeline = pipeline_on(kafka, "back");
  pipeline.consumer["partition.assignment.strategy"] = GetParam();
  pipeline.max_in_flight_messages = 20;
  pipeline.drain_timeout = std::chrono::seconds(1);
  Barrier gate;
  Rig stays(kafka, pipeline, [&](const tidegate_message& m) { return gate.pass(m); });
  ASSERT_TRUE(
      eventually([&] { return paused(stays.snapshot(), PauseReason::backpressure) == kOfBack; }));
  {
    Rig visitor(kafka, pipeline, [&](const tidegate_message& m) { return gate.pass(m); });
    ASSERT_TRUE(eventually([&] { return stays.snapshot().topics.at(0).assigned_partitions == 1; }))
        << "a paused partition goes to the visitor";
    gate.open();
    visitor.stop(kPatience);
  }
  EXPECT_TRUE(eventually([&] { return stays.snapshot().topics.at(0).assigned_partitions == 2; }));
  EXPECT_TRUE(eventually([&] { return stays.snapshot().caught_up; })) << "it is read again";
  stays.stop(kPatience);
  for (int p = 0; p < kOfBack; ++p) EXPECT_EQ(kafka.committed("g-back", "back", p), kEach);
}

INSTANTIATE_TEST_SUITE_P(Protocols, PausedAndGone,
                         ::testing::Values("cooperative-sticky", "range"));

// launchpad#512: a worker that gets free while the host stops takes the next message, and the stop
// takes as long as it does.
TEST(Stop, AFreeSlotTakesNothingMoreOnceAStopWasAskedFor) {
  fakes::MockKafka kafka;
  fill(kafka, "queued", 100);
  config::Pipeline pipeline = pipeline_on(kafka, "queued");
  pipeline.ordering = config::Ordering::none;
  Barrier gate;
  Rig rig(kafka, pipeline, [&](const tidegate_message& m) { return gate.pass(m); });
  ASSERT_TRUE(eventually([&] { return gate.inside() == 2 && rig.snapshot().in_flight == 100; }));
  std::jthread opener([&] {
    // When what was queued is given back the two calls are all that is left.
    EXPECT_TRUE(eventually([&] { return rig.snapshot().in_flight == 2; }));
    gate.open();
  });
  rig.stop(kPatience);
  EXPECT_EQ(rig.handled_count(), 2U);
  expect_books_add_up(rig.snapshot());
}

}  // namespace
}  // namespace tidegate::broker
