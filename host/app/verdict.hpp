// SPDX-License-Identifier: Apache-2.0
//
// Whether the host goes on: a pipeline that fails leaves the others running, the host ends when
// none runs, and a host that was started for a backlog ends when that is done. While a reload makes
// pipelines anew, none of it is said. Thread rule: pure, [any].
#pragma once

#include <cstdint>
#include "host/app/pipeline_set.hpp"

namespace tidegate {

// What a host is started for.
enum class RunUntil : std::uint8_t { stopped, caught_up };

enum class Verdict : std::uint8_t {
  go_on,
  caught_up,  // every pipeline that runs is at the end of its topics and holds nothing
  none_runs,
};

[[nodiscard]] Verdict judge(const PipelineSet::Pictures& pictures, RunUntil until);

}  // namespace tidegate
