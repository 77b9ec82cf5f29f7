// SPDX-License-Identifier: Apache-2.0
//
// All that a scrape, a probe or a status page of this host may say, taken at one instant. The host
// fills in facts; what follows from them (is it ready, and if not why) is worked out here, once.
// Thread rule: plain values, [any].
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "host/base/metrics/snapshot.hpp"

namespace tidegate::metrics {

struct HostSnapshot {
  double start_unix_seconds = 0;          // of this process' run
  double config_loaded_unix_seconds = 0;  // when the running configuration was applied
  bool config_last_applied = true;        // and was that the last one that was read
  std::uint64_t config_reloads_applied = 0;
  std::uint64_t config_reloads_rejected = 0;
  std::uint64_t config_reloads_rolled_back = 0;  // some pipeline could not be made or started
  bool draining = false;                         // a stop was asked for
  bool partition_labels = false;                 // metrics.partition_labels
  std::vector<PipelineSnapshot> pipelines;
  std::vector<prometheus::MetricFamily> plugin_families;        // what plugins defined themselves
  std::map<std::string, std::uint64_t> plugin_series_rejected;  // by pipeline: refused definitions
};

// Why this host is not ready, one line for people per reason; empty: it is ready. Ready means: not
// draining, and every pipeline runs (or was paused on purpose) and has its assignment.
[[nodiscard]] std::vector<std::string> not_ready_reasons(const HostSnapshot& host);

}  // namespace tidegate::metrics
