// SPDX-License-Identifier: Apache-2.0
//
// The bodies of GET /api/v1/status and /api/v1/pipelines: the state of the host and its pipelines
// for people and scripts. Facts that are not known are null, never -1 or 0. Thread rule: [any]; no
// state.
#pragma once

#include <string>

#include "host/base/metrics/host_snapshot.hpp"

namespace tidegate {

// now_unix_seconds: for uptime and running times.
[[nodiscard]] std::string status_json(const metrics::HostSnapshot& host, double now_unix_seconds);
// Its pipelines alone, and one of them alone.
[[nodiscard]] std::string pipelines_json(const metrics::HostSnapshot& host,
                                         double now_unix_seconds);
[[nodiscard]] std::string pipeline_json(const metrics::PipelineSnapshot& pipeline,
                                        double now_unix_seconds);

}  // namespace tidegate
