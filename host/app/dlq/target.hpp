// SPDX-License-Identifier: Apache-2.0
//
// One dead-letter topic with all that is needed to read it and to write its messages elsewhere.
// Thread rule: values, [main].
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/app/dlq/options.hpp"
#include "host/base/config/model.hpp"
#include "host/base/kafka/properties.hpp"

namespace tidegate::dlq {

// What was asked for contradicts itself or what is there (exit code 64).
struct BadUsage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Target {
  std::string topic;
  std::string pipeline;  // of the configuration; empty: not from one
  std::string group;     // empty: not known, the dead letters' headers tell
  std::vector<std::string> bootstrap_servers;
  kafka::Properties consumer;  // the operator's
  kafka::Properties producer;
  std::vector<std::string> sources;  // topics the group consumes, as far as they are named
  bool create_topics = true;         // the retry topic, where it is missing
  std::int32_t replication_factor = -1;
};

// Each dead-letter topic of the configuration once, or that of the pipeline named. Throws BadUsage
// where there is no such pipeline, or it has no dead letter.
[[nodiscard]] std::vector<Target> targets_of(const config::Host& host, const std::string& pipeline);
// REQUIRES: where.bootstrap and where.topic are not empty.
[[nodiscard]] Target target_of(const Where& where);

// Whose progress a replay keeps: <group>.dlq-replay, or <group>.dlq-replay.<name>.
[[nodiscard]] std::string progress_group(const std::string& group, const std::string& name);

}  // namespace tidegate::dlq
