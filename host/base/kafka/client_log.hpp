// SPDX-License-Identifier: Apache-2.0
//
// What a client of librdkafka says goes to the host's log. Thread rule: called by librdkafka's
// threads, [any].
#pragma once

#include <librdkafka/rdkafka.h>

namespace tidegate::kafka {

// For rd_kafka_conf_set_log_cb.
void write_client_log(const rd_kafka_t* client, int level, const char* facility, const char* text);

}  // namespace tidegate::kafka
