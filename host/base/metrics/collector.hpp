// SPDX-License-Identifier: Apache-2.0
//
// Turns one snapshot of the host into the families of one scrape. Every series comes from that one
// snapshot, so what a scrape shows adds up. Enumerations are complete, at 0 where nothing happened:
// increase() does not see the first event of a series that is born at 1.
// Thread rule: [any]; no state.
#pragma once

#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "host/base/metrics/host_snapshot.hpp"

namespace tidegate::metrics {

[[nodiscard]] std::vector<prometheus::MetricFamily> collect(const HostSnapshot& host);

// The same as Prometheus text, and its Content-Type.
[[nodiscard]] std::string to_text(const HostSnapshot& host);
inline constexpr const char* kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace tidegate::metrics
