// SPDX-License-Identifier: Apache-2.0
//
// Questions to the brokers about offsets, asked and answered on the calling thread.
// Thread rule: [poll] or [main]; each call blocks, at most as long as it is told.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "host/base/kafka/handles.hpp"

namespace tidegate::kafka {

// Topic and partition.
using Place = std::pair<std::string, std::int32_t>;

template <class T>
struct Answer {
  T value{};
  // Empty: the value is valid and complete. Says which right is lacking where that is the trouble.
  std::string error;
  bool denied = false;  // that is the trouble
  [[nodiscard]] bool ok() const { return error.empty(); }
};

// What a group has committed for each partition of the list; absent: no position.
struct Committed {
  std::int64_t offset = -1;
  std::string metadata;  // whatever was committed with it
};
Answer<std::map<Place, Committed>> committed_positions(rd_kafka_t* client,
                                                       const rd_kafka_topic_partition_list_t* list,
                                                       std::chrono::milliseconds timeout);
// The same without metadata.
Answer<std::map<Place, std::int64_t>> committed_offsets(rd_kafka_t* client,
                                                        const rd_kafka_topic_partition_list_t* list,
                                                        std::chrono::milliseconds timeout);
// The name that the brokers give their cluster; empty: not known in time.
std::string cluster_id(rd_kafka_t* client, std::chrono::milliseconds timeout);

// For each partition of the list: the offset that its `offset` field asks for, an
// rd_kafka_OffsetSpec_t or a Unix time in milliseconds. A time after the last message gives -1. The
// end is the one that a reader of this isolation level can reach. Where partitions did not answer,
// the error says so and the value has the others.
Answer<std::map<Place, std::int64_t>> list_offsets(
    rd_kafka_t* client, rd_kafka_topic_partition_list_t* list, std::chrono::milliseconds timeout,
    rd_kafka_IsolationLevel_t isolation = RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED);
// The same question without waiting: the answer is an event of the queue, read by offsets_of.
void ask_offsets(rd_kafka_t* client, rd_kafka_topic_partition_list_t* list,
                 std::chrono::milliseconds timeout, rd_kafka_queue_t* answers,
                 rd_kafka_IsolationLevel_t isolation = RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED);
// Offsets of such an event; partitions with an error of their own are left out.
std::map<Place, std::int64_t> offsets_of(rd_kafka_event_t* event);

// Names of all topics and how many partitions each has; one topic if it is named.
Answer<std::map<std::string, std::int32_t>> topic_partitions(
    rd_kafka_t* client, const std::optional<std::string>& topic, std::chrono::milliseconds timeout);

}  // namespace tidegate::kafka
