// SPDX-License-Identifier: Apache-2.0
//
// The librdkafka properties that a pipeline's consumers are made with. Thread rule: [any].
#pragma once

#include <cstdint>

#include "host/base/config/model.hpp"
#include "host/base/kafka/defaults.hpp"

namespace tidegate::config {

// Ours, the operator's over them, the host's over all (kafka/defaults.hpp).
[[nodiscard]] inline Properties consumer_properties(const Pipeline& pipeline,
                                                    std::uint32_t consumer_index) {
  return kafka::consumer_properties(pipeline.cluster.bootstrap_servers, pipeline.group_id,
                                    pipeline.consumer, consumer_index);
}

}  // namespace tidegate::config
