// SPDX-License-Identifier: Apache-2.0
//
// What slots have counted, added up: of those that work now, and of those that ended with their
// version of the plugin. Thread rule: a value.
#pragma once

#include <array>
#include <cstdint>

#include "host/base/metrics/snapshot.hpp"
#include "host/handle/slot_stats.hpp"

namespace tidegate {

struct HandlerFigures {
  std::array<std::uint64_t, kCallKindCount> calls{};
  std::uint64_t excused = 0;  // of those that did not succeed
  metrics::HistogramData duration{metrics::handler_duration_bounds()};
  metrics::HistogramData age{metrics::message_age_bounds()};
  metrics::HistogramData retry_lateness{metrics::retry_lateness_bounds()};
  metrics::HistogramData failure_duration{metrics::failure_duration_bounds()};
  std::uint64_t worker_deaths = 0;
  std::uint64_t worker_failed_starts = 0;

  void add(const SlotStats& stats);
  void add_to(metrics::PipelineSnapshot& snapshot) const;
};

}  // namespace tidegate
