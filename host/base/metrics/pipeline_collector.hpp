// SPDX-License-Identifier: Apache-2.0
//
// The series of one pipeline. Lag, and whatever else is per partition, is shown of owned partitions
// only: where nothing is assigned there is no series, rather than a last value that nobody tends.
// Counters stay. Thread rule: [any]; no state.
#pragma once

#include <cstdint>

#include "host/base/metrics/families.hpp"
#include "host/base/metrics/snapshot.hpp"

namespace tidegate::metrics {

// Whether there are series per partition (metrics.partition_labels).
enum class Partitions : std::uint8_t { hidden, shown };

void collect_pipeline(Families& families, const PipelineSnapshot& pipeline, Partitions partitions);

}  // namespace tidegate::metrics
