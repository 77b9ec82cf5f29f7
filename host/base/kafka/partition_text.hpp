// SPDX-License-Identifier: Apache-2.0
//
// The partitions of a list as a log line shows them. Thread rule: pure functions.
#pragma once

#include <librdkafka/rdkafka.h>

#include <string>

namespace tidegate::kafka {

// "orders.retry.1s[2] orders.v1[0-3,7]": topics by name, partitions by number.
std::string to_text(const rd_kafka_topic_partition_list_t* partitions);

}  // namespace tidegate::kafka
