// SPDX-License-Identifier: Apache-2.0
//
// Where the demo's topic lives: in a mock cluster inside this process, or on a real one. Both make
// a topic of their own; the real one deletes it and the group at the end. Thread rule: [main].
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "host/route/own_topics.hpp"

namespace tidegate::demo {

// The brokers could not be reached, or do not allow what the demo needs.
struct ClusterUnavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class DemoCluster {
 public:
  virtual ~DemoCluster() = default;
  [[nodiscard]] virtual std::string bootstrap_servers() const = 0;
  // How a host makes its own topics there. The cluster outlives it.
  [[nodiscard]] virtual std::unique_ptr<TopicAdmin> topic_admin() = 0;
};

// REQUIRES of both: a legal topic name; partitions > 0. Both throw ClusterUnavailable.
[[nodiscard]] std::unique_ptr<DemoCluster> start_mock_cluster(const std::string& topic,
                                                              std::int32_t partitions);
// Blocks until the topic is there. The destructor deletes topic and group, and logs where it
// cannot.
[[nodiscard]] std::unique_ptr<DemoCluster> use_real_cluster(const std::string& bootstrap_servers,
                                                            const std::string& topic,
                                                            std::int32_t partitions,
                                                            const std::string& group_id);

}  // namespace tidegate::demo
