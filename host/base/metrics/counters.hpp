// SPDX-License-Identifier: Apache-2.0
//
// What a pipeline has counted goes on when it is made anew, so that no total falls and the books of
// predecessor and successor add up together. Thread rule: plain values, [any].
#pragma once

#include "host/base/metrics/snapshot.hpp"

namespace tidegate::metrics {

// Of a pipeline that has ended: its name and what it counted, without what it held, had and waited
// for. in_flight stays: it is 0 where the books add up.
[[nodiscard]] PipelineSnapshot counters_of(const PipelineSnapshot& ended);
// Adds what counters_of() left of its predecessors to the picture of a pipeline.
void add_counters(PipelineSnapshot& now, const PipelineSnapshot& before);

}  // namespace tidegate::metrics
