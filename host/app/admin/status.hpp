// SPDX-License-Identifier: Apache-2.0
//
// The body of GET /api/v1/status: the state of the host and its pipelines for people and scripts.
// Facts that are not known are null, never -1 or 0. Thread rule: [any]; no state.
#pragma once

#include <string>

#include "host/base/metrics/host_snapshot.hpp"

namespace tidegate {

// now_unix_seconds: for uptime and running times.
[[nodiscard]] std::string status_json(const metrics::HostSnapshot& host, double now_unix_seconds);

}  // namespace tidegate
