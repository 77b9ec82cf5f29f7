// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/base/metrics/snapshots.hpp"

namespace tidegate::metrics {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Readiness, IsReadyWhenEveryPipelineRunsAndHasItsAssignment) {
  EXPECT_THAT(not_ready_reasons(example_host()), IsEmpty());
}

TEST(Readiness, AnEmptyAssignmentIsAnAssignment) {
  auto host = example_host();
  host.pipelines[0].totals.topics.clear();
  EXPECT_THAT(not_ready_reasons(host), IsEmpty());
}

TEST(Readiness, WaitsForTheAssignmentAndNamesPipelineAndGroup) {
  auto host = example_host();
  host.pipelines[0].totals.has_assignment = false;
  EXPECT_THAT(not_ready_reasons(host),
              ElementsAre(AllOf(HasSubstr("orders"), HasSubstr("orders-group"))));
}

TEST(Readiness, IsNotReadyWhileDrainingAlthoughPipelinesStillRun) {
  auto host = example_host();
  host.draining = true;
  EXPECT_THAT(not_ready_reasons(host), ElementsAre(HasSubstr("draining")));
}

TEST(Readiness, IsNotReadyWithoutAPipeline) {
  auto host = example_host();
  host.pipelines.clear();
  EXPECT_THAT(not_ready_reasons(host), ElementsAre(HasSubstr("no pipeline")));
}

TEST(Readiness, OneFailedPipelineIsNamedWithItsReason) {
  auto host = example_host();
  host.pipelines.push_back(host.pipelines[0]);
  host.pipelines[1].name = "returns";
  host.pipelines[1].state = PipelineState::failed;
  host.pipelines[1].failure = "topic does not exist";
  EXPECT_THAT(not_ready_reasons(host),
              ElementsAre("pipeline returns failed: topic does not exist"));
}

TEST(Readiness, APipelineThatStartsDrainsOrHasStoppedIsNotReady) {
  for (const auto state :
       {PipelineState::starting, PipelineState::draining, PipelineState::stopped}) {
    auto host = example_host();
    host.pipelines[0].state = state;
    EXPECT_EQ(not_ready_reasons(host).size(), 1U) << name(state);
  }
}

TEST(Readiness, AMemberThatOwnsPartitionsOfWhichNothingComesIsNamedWithThem) {
  auto host = example_host();
  auto& pipeline = host.pipelines[0];
  pipeline.state = PipelineState::stalled;
  pipeline.totals.topics[0].partitions[0].not_read = PauseReason::stalled;
  EXPECT_THAT(not_ready_reasons(host),
              ElementsAre(AllOf(HasSubstr("pipeline orders is stalled"),
                                HasSubstr("orders.v1/0 at offset 90 (stalled) although"))));
  for (int more = 2; more < 8; ++more) {
    pipeline.totals.topics[0].partitions.push_back(
        {.partition = more, .lag_messages = 3, .not_read = PauseReason::unreadable, .reads_at = 7});
  }
  EXPECT_THAT(not_ready_reasons(host),
              ElementsAre(HasSubstr("orders.v1/3 at offset 7 (unreadable) and 4 more although")));
}

TEST(Readiness, APipelineThatWasPausedOnPurposeDoesNotMakeTheHostUnready) {
  auto host = example_host();
  host.pipelines[0].state = PipelineState::paused;
  EXPECT_THAT(not_ready_reasons(host), IsEmpty());
}

}  // namespace
}  // namespace tidegate::metrics
