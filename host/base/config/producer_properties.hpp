// SPDX-License-Identifier: Apache-2.0
//
// The librdkafka properties that the producer of a pipeline is made with. Thread rule: [any].
#pragma once

#include "host/base/config/model.hpp"
#include "host/base/kafka/defaults.hpp"

namespace tidegate::config {

// Ours, the operator's over them, the host's over all (kafka/defaults.hpp).
[[nodiscard]] inline Properties producer_properties(const Pipeline& pipeline) {
  return kafka::producer_properties(
      pipeline.cluster.bootstrap_servers, pipeline.producer,
      kafka::producer_queue_bytes(pipeline.max_in_flight_bytes, pipeline.consumer));
}

}  // namespace tidegate::config
