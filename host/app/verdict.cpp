// SPDX-License-Identifier: Apache-2.0
#include "host/app/verdict.hpp"

#include <algorithm>

namespace tidegate {
namespace {

using metrics::PipelineSnapshot;
using metrics::PipelineState;

bool ended(const PipelineSnapshot& pipeline) {
  return pipeline.state == PipelineState::failed || pipeline.state == PipelineState::stopped;
}

}  // namespace

Verdict judge(const PipelineSet::Pictures& pictures, RunUntil until) {
  if (pictures.changing) return Verdict::go_on;
  const auto& pipelines = pictures.pipelines;
  if (std::all_of(pipelines.begin(), pipelines.end(), ended)) return Verdict::none_runs;
  const bool caught_up = std::all_of(pipelines.begin(), pipelines.end(), [](const auto& pipeline) {
    return ended(pipeline) || pipeline.totals.caught_up;
  });
  return until == RunUntil::caught_up && caught_up ? Verdict::caught_up : Verdict::go_on;
}

}  // namespace tidegate
