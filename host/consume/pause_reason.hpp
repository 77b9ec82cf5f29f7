// SPDX-License-Identifier: Apache-2.0
//
// Why a partition is not read, or its messages do not start: one reason, the most telling one, for
// metrics, status pages, and for the watch that looks for partitions without any. Thread rule:
// [poll] of the owning consumer.
#pragma once

#include <optional>

#include "host/base/metrics/snapshot.hpp"
#include "host/consume/consumer_state.hpp"

namespace tidegate {

// Empty: nothing keeps it from being read.
[[nodiscard]] std::optional<metrics::PauseReason> pause_reason(const ConsumerState& state,
                                                               const PartitionEpoch& epoch);

}  // namespace tidegate
