// SPDX-License-Identifier: Apache-2.0
//
// The librdkafka properties that the producer of a pipeline is made with. Thread rule: [any].
#pragma once

#include <string>

#include "host/base/config/model.hpp"
#include "host/base/kafka/defaults.hpp"

namespace tidegate::config {

// Ours, the operator's over them, the host's over all (kafka/defaults.hpp).
[[nodiscard]] inline Properties producer_properties(const Pipeline& pipeline) {
  return kafka::producer_properties(
      pipeline.cluster.bootstrap_servers, pipeline.producer,
      kafka::producer_queue_bytes(pipeline.max_in_flight_bytes, pipeline.consumer));
}

// Of a consumer's transactions. The separator is written as %2E within the instance, so that no
// other group and instance make the same one.
[[nodiscard]] inline std::string transactional_id(const std::string& group_id,
                                                  const std::string& instance,
                                                  std::size_t consumer) {
  std::string id = group_id + '.';
  for (const char c : instance) {
    if (c == '.') id += "%2E";
    else if (c == '%') id += "%25";
    else id += c;
  }
  return id + '.' + std::to_string(consumer);
}

// With transactions: a message is given up with its transaction, not later, and what stands in the
// way of a commit is served at once.
[[nodiscard]] inline Properties transactional_producer_properties(const Pipeline& pipeline,
                                                                  const std::string& id) {
  Properties result = producer_properties(pipeline);
  result.insert_or_assign("transactional.id", id);
  result.emplace("transaction.timeout.ms", "10000");
  result.emplace("linger.ms", "1");
  // A topic that is not there must be known before the transaction's time is over.
  result.emplace("topic.metadata.propagation.max.ms", "3000");
  result.erase("message.timeout.ms");
  return result;
}

}  // namespace tidegate::config
