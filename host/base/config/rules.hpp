// SPDX-License-Identifier: Apache-2.0
//
// What one key says about another, and what must not be said twice: the checks that need more than
// one value. Thread rule: one thread, [main].
#pragma once

#include <vector>

#include "host/base/config/build.hpp"
#include "host/base/config/findings.hpp"
#include "host/base/config/node.hpp"
#include "host/base/kafka/properties.hpp"

namespace tidegate::config {

// Addresses, and that there is something to run.
void check_host_rules(const Table& root, const Host& host, Findings& findings);
// Resolves the cluster of every draft and merges its properties beneath those of the consumer and
// the producer.
void resolve_clusters(const Table& root, const std::vector<Cluster>& clusters,
                      std::vector<Draft>& drafts, Findings& findings);
// Rules within a pipeline.
void check_pipeline_rules(const Draft& draft, const Host& host, Findings& findings);
// What becomes of failed messages: names of retry topics and dead letter, keys that contradict each
// other, and what the producer's acks give up.
void check_failure_rules(const Draft& draft, Findings& findings);
// A group id belongs to one pipeline of a cluster.
void check_groups(const std::vector<Draft>& drafts, Findings& findings);
// librdkafka's judgement of all properties of a client together; each makes one for a moment.
void check_consumer_as_a_whole(const Draft& draft, Findings& findings);
void check_producer_as_a_whole(const Draft& draft, Findings& findings);

}  // namespace tidegate::config
