// SPDX-License-Identifier: Apache-2.0
//
// What librdkafka is told about an assignment, in the words of the group's protocol.
// Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>
#include <vector>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

// Where a partition is assigned that must not be read, or not yet: paused, and what slips through
// is discarded. KNOWN FAULT: the client looks the end up, and where that answer comes after the
// partition was assigned anew at its start, it asks for the end again and reads on from there
// (librdkafka 2.14.2, rd_kafka_toppar_handle_Offset; e2e test_late_start.py). Assigned at 0
// instead, a partition of a topic that was made anew stood still with the consumer protocol
// (e2e test_broker_trouble.py).
inline constexpr std::int64_t kNotToBeRead = RD_KAFKA_OFFSET_END;

// Whether the group rebalances incrementally; the eager protocol knows whole assignments only.
[[nodiscard]] bool is_cooperative(rd_kafka_t* client);

// Tells the client that these partitions were assigned or revoked: what a rebalance callback owes
// it.
void tell_client(ConsumerState& state, rd_kafka_resp_err_t error,
                 const rd_kafka_topic_partition_list_t* partitions);

// The client keeps our pause over a revocation, and the next epoch would never be fetched.
void lift_pauses(ConsumerState& state, const std::vector<PartitionEpochPtr>& epochs);

}  // namespace tidegate
