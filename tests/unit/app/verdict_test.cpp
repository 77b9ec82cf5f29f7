// SPDX-License-Identifier: Apache-2.0
#include "host/app/verdict.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace tidegate {
namespace {

using metrics::PipelineSnapshot;
using metrics::PipelineState;

PipelineSnapshot pipeline(PipelineState state, bool caught_up) {
  PipelineSnapshot snapshot;
  snapshot.state = state;
  snapshot.totals.caught_up = caught_up;
  return snapshot;
}

Verdict judge(std::vector<PipelineSnapshot> pipelines, RunUntil until) {
  return judge(PipelineSet::Pictures{.pipelines = std::move(pipelines)}, until);
}

TEST(Verdict, APipelineThatIsBeingMadeAnewEndsNothing) {
  PipelineSet::Pictures pictures{.changing = true};
  for (const auto state : {PipelineState::stopped, PipelineState::failed}) {
    pictures.pipelines = {pipeline(state, true)};
    EXPECT_EQ(judge(pictures, RunUntil::stopped), Verdict::go_on);
    EXPECT_EQ(judge(pictures, RunUntil::caught_up), Verdict::go_on);
  }
  pictures.pipelines.clear();  // the only one was removed, and its successor is not there yet
  EXPECT_EQ(judge(pictures, RunUntil::stopped), Verdict::go_on);
}

TEST(Verdict, AFailedPipelineLeavesTheOthersRunning) {
  const std::vector pipelines = {pipeline(PipelineState::failed, false),
                                 pipeline(PipelineState::running, false)};
  EXPECT_EQ(judge(pipelines, RunUntil::stopped), Verdict::go_on);
  EXPECT_EQ(judge(pipelines, RunUntil::caught_up), Verdict::go_on);
}

TEST(Verdict, TheHostEndsWhenNoPipelineRuns) {
  const std::vector pipelines = {pipeline(PipelineState::failed, true),
                                 pipeline(PipelineState::stopped, true)};
  EXPECT_EQ(judge(pipelines, RunUntil::stopped), Verdict::none_runs);
  EXPECT_EQ(judge(pipelines, RunUntil::caught_up), Verdict::none_runs);
}

TEST(Verdict, WaitsForEveryPipelineToCatchUp) {
  std::vector pipelines = {pipeline(PipelineState::running, true),
                           pipeline(PipelineState::running, false)};
  EXPECT_EQ(judge(pipelines, RunUntil::caught_up), Verdict::go_on);
  pipelines[1].totals.caught_up = true;
  EXPECT_EQ(judge(pipelines, RunUntil::caught_up), Verdict::caught_up);
}

TEST(Verdict, DoesNotWaitForAFailedPipelineToCatchUp) {
  const std::vector pipelines = {pipeline(PipelineState::failed, false),
                                 pipeline(PipelineState::running, true)};
  EXPECT_EQ(judge(pipelines, RunUntil::caught_up), Verdict::caught_up);
}

TEST(Verdict, CatchingUpEndsNothingUnlessAskedFor) {
  EXPECT_EQ(judge({pipeline(PipelineState::running, true)}, RunUntil::stopped), Verdict::go_on);
}

}  // namespace
}  // namespace tidegate
