// SPDX-License-Identifier: Apache-2.0
//
// What librdkafka is told about an assignment, in the words of the group's protocol.
// Thread rule: [poll] of the owning consumer.
#pragma once

#include <vector>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

// Whether the group rebalances incrementally; the eager protocol knows whole assignments only.
[[nodiscard]] bool is_cooperative(rd_kafka_t* client);

// Tells the client that these partitions were assigned or revoked: what a rebalance callback owes
// it.
void tell_client(ConsumerState& state, rd_kafka_resp_err_t error,
                 const rd_kafka_topic_partition_list_t* partitions);

// The client keeps our pause over a revocation, and the next epoch would never be fetched.
void lift_pauses(ConsumerState& state, const std::vector<PartitionEpochPtr>& epochs);

}  // namespace tidegate
