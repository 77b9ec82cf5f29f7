// SPDX-License-Identifier: Apache-2.0
//
// With a backlog in each partition all slots have work. Where partitions shared one queue of the
// client, what had been fetched of one stood in front of the others: with twelve partitions, as
// many slots and calls of a millisecond, one to seven of them ran.
#include <gtest/gtest.h>

#include <array>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

TEST(Fairness, WithABacklogInEachPartitionACallOfEachRunsAtOnce) {
  constexpr int kPartitions = 8;
  fakes::MockKafka kafka;
  fill(kafka, "fair", 500, kPartitions);
  config::Pipeline pipeline = pipeline_on(kafka, "fair");
  pipeline.concurrency = kPartitions;
  pipeline.max_in_flight_messages = 200;
  std::atomic<bool> go_on{false};
  std::array<std::atomic<bool>, kPartitions> runs{};
  Rig rig(kafka, pipeline, [&](const tidegate_message& message) {
    runs.at(static_cast<std::size_t>(message.partition)) = true;
    while (!go_on) fakes::look_again();
    return TIDEGATE_OK;
  });
  const auto running = [&] { return std::count(runs.begin(), runs.end(), true); };
  EXPECT_TRUE(eventually([&] { return running() == kPartitions; }, std::chrono::seconds(20)))
      << running() << " run";
  EXPECT_LE(rig.snapshot().in_flight, 200U);
  go_on = true;
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  EXPECT_EQ(rig.handled_count(), 500U * kPartitions);
}

}  // namespace
}  // namespace tidegate::broker
