// SPDX-License-Identifier: Apache-2.0
//
// Makes the librdkafka consumer: properties, and callbacks that come back through ClientEvents.
// Thread rule: make_client [main] or [poll]; all events come on [poll], inside a batch call or a
// poll of the client's queues, but for the log, which any librdkafka thread writes.
#pragma once

#include <cstdint>
#include <string>

#include "host/base/kafka/handles.hpp"
#include "host/base/kafka/properties.hpp"
#include "host/base/wakeup.hpp"

namespace tidegate {

class ClientEvents {
 public:
  virtual ~ClientEvents() = default;
  virtual void on_rebalance(rd_kafka_resp_err_t error,
                            rd_kafka_topic_partition_list_t* partitions) = 0;
  // An error of the client as a whole. fatal: it will never work again.
  enum class Severity : std::uint8_t { recovers, fatal };
  virtual void on_client_error(rd_kafka_resp_err_t error, const std::string& reason,
                               Severity severity) = 0;
  // Brokers with an established connection.
  virtual void on_brokers_connected(std::uint32_t count) = 0;
};

// Why the client will never work again, as the reason of a failure. REQUIRES: it has said so.
[[nodiscard]] std::string failed_for_good(rd_kafka_t* client);

// Throws std::runtime_error with librdkafka's reason. events outlives the client.
kafka::Client make_client(const kafka::Properties& properties, ClientEvents& events);

// What arrives in the queue wakes the poll thread. wakeup outlives the client.
void let_wake(rd_kafka_queue_t* queue, Wakeup& wakeup);

}  // namespace tidegate
