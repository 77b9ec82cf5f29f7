// SPDX-License-Identifier: Apache-2.0
//
// A snapshot as a busy host would give it, for tests of what is made of it. Thread rule: values.
#pragma once

#include "host/base/metrics/host_snapshot.hpp"

namespace tidegate::metrics {

// One pipeline "orders" that runs, owns two partitions of "orders.v1" and adds up to 100 messages.
// Of partition 1 no position has been committed yet.
inline HostSnapshot example_host() {
  TopicSnapshot topic;
  topic.topic = "orders.v1";
  topic.consumed = 100;
  topic.consumed_bytes = 20'000;
  topic.finished = {80, 0, 0, 5, 1};
  topic.given_back = {2, 0};
  topic.in_flight = 12;
  topic.assigned_partitions = 2;
  topic.lag_messages = 17;
  topic.lag_seconds = 0.4;
  topic.partitions = {
      {.partition = 0, .committed = 88, .end = 100, .lag_messages = 12, .reads_at = 90},
      {.partition = 1, .committed = -1, .end = 5, .lag_messages = 5, .reads_at = 0}};

  PipelineSnapshot pipeline;
  pipeline.name = "orders";
  pipeline.group_id = "orders-group";
  pipeline.state = PipelineState::running;
  pipeline.plugin.name = "enrich";
  pipeline.plugin.version = "1.2.0";
  pipeline.concurrency = 4;
  pipeline.totals.topics = {topic};
  pipeline.totals.in_flight = 12;
  pipeline.totals.queued = 8;
  pipeline.totals.blocked = 1;
  pipeline.totals.has_assignment = true;
  pipeline.totals.commits_ok = 5;
  pipeline.handlers_in_flight = 3;
  pipeline.oldest_in_flight_unix_seconds = 1'700'000'000;
  pipeline.oldest_in_flight_topic = "orders.v1";
  pipeline.oldest_in_flight_partition = 0;
  pipeline.oldest_in_flight_offset = 88;

  HostSnapshot host;
  host.start_unix_seconds = 1'600'000'000;
  host.config_loaded_unix_seconds = 1'600'000'000;
  host.pipelines = {pipeline};
  return host;
}

}  // namespace tidegate::metrics
