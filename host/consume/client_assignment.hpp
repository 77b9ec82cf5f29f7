// SPDX-License-Identifier: Apache-2.0
//
// What librdkafka is told about an assignment, in the words of the group's protocol.
// Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>
#include <vector>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

// Where a partition is assigned that must not be read, or not yet: it is paused before, and begins
// at a position that no log has, so that nothing slips through. Not END: the client would look it
// up, and where that answer came after the partition was assigned anew at its start, it would ask
// for the end again and read on from there (librdkafka 2.14.2, rd_kafka_toppar_handle_Offset; e2e
// test_late_start.py). Not 0: what slipped through of a topic that was made anew let its partition
// stand still with the consumer protocol (e2e test_broker_trouble.py). The client may say of it
// that its log does not have it; LateStarts takes that for a question to the log.
inline constexpr std::int64_t kNotToBeRead = std::int64_t{1} << 62;

// Whether the group rebalances incrementally; the eager protocol knows whole assignments only.
[[nodiscard]] bool is_cooperative(rd_kafka_t* client);

// Tells the client that these partitions were assigned or revoked: what a rebalance callback owes
// it.
void tell_client(ConsumerState& state, rd_kafka_resp_err_t error,
                 const rd_kafka_topic_partition_list_t* partitions);

// The client keeps our pause over a revocation, and the next epoch would never be fetched.
void lift_pauses(ConsumerState& state, const std::vector<PartitionEpochPtr>& epochs);

}  // namespace tidegate
