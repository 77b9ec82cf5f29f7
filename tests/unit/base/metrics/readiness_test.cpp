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

TEST(Readiness, APipelineThatWasPausedOnPurposeDoesNotMakeTheHostUnready) {
  auto host = example_host();
  host.pipelines[0].state = PipelineState::paused;
  EXPECT_THAT(not_ready_reasons(host), IsEmpty());
}

}  // namespace
}  // namespace tidegate::metrics
