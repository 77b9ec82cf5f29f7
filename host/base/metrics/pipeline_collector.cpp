// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/pipeline_collector.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>
#include <tidegate/plugin.h>

namespace tidegate::metrics {
namespace {

// Adds one series per name of an enumeration; counts stand in its order.
template <class Names, class Counts>
void add_each_of(Families& families, const Definition& definition, std::string_view pipeline,
                 const Names& names, const Counts& counts) {
  static_assert(std::tuple_size_v<Names> == std::tuple_size_v<Counts>);
  for (std::size_t i = 0; i < names.size(); ++i)
    families.add(definition, {pipeline, names[i]}, counts[i]);
}
template <class Names, class Counts>
void add_each_of(Families& families, const Definition& definition, std::string_view pipeline,
                 std::string_view topic, const Names& names, const Counts& counts) {
  static_assert(std::tuple_size_v<Names> == std::tuple_size_v<Counts>);
  for (std::size_t i = 0; i < names.size(); ++i) {
    families.add(definition, {pipeline, topic, names[i]}, counts[i]);
  }
}

void collect_partition(Families& families, std::string_view pipeline, std::string_view topic,
                       const PartitionSnapshot& partition) {
  const auto label = std::to_string(partition.partition);
  if (partition.lag_messages)
    families.add(kPartitionLag, {pipeline, topic, label}, *partition.lag_messages);
  if (partition.committed >= 0)
    families.add(kPartitionCommitted, {pipeline, topic, label}, partition.committed);
  // The end is asked for now and then; meanwhile positions may have gone beyond the last answer.
  const auto end = std::max(partition.end, partition.committed);
  if (partition.end >= 0) families.add(kPartitionEnd, {pipeline, topic, label}, end);
}

void collect_topic(Families& families, std::string_view pipeline, const TopicSnapshot& topic,
                   Partitions partitions) {
  families.add(kConsumed, {pipeline, topic.topic}, topic.consumed);
  families.add(kConsumedBytes, {pipeline, topic.topic}, topic.consumed_bytes);
  add_each_of(families, kFinished, pipeline, topic.topic, kOutcomeNames, topic.finished);
  add_each_of(families, kGivenBack, pipeline, topic.topic, kGivenBackNames, topic.given_back);
  families.add(kAssignedPartitions, {pipeline, topic.topic}, topic.assigned_partitions);
  if (topic.assigned_partitions == 0) return;
  if (topic.lag_messages) families.add(kLagMessages, {pipeline, topic.topic}, *topic.lag_messages);
  if (topic.lag_seconds) families.add(kLagSeconds, {pipeline, topic.topic}, *topic.lag_seconds);
  if (partitions == Partitions::hidden) return;
  for (const auto& partition : topic.partitions) {
    collect_partition(families, pipeline, topic.topic, partition);
  }
}

// The kinds a handler call can have.
constexpr auto kCallKinds = [] {
  std::array<std::string_view, kCallKindCount> kinds{};
  for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] = kErrorKindNames[i];
  return kinds;
}();

void collect_failures(Families& families, std::string_view pipeline,
                      const ConsumerSnapshot& totals) {
  for (const auto& [what, count] : totals.retries)
    families.add(kRetries, {pipeline, tidegate::name(what.first), what.second}, count);
  for (const auto& topic : totals.topics)
    families.add(kRetriesExhausted, {pipeline, topic.topic}, topic.retries_exhausted);
  for (const auto& topic : totals.topics) {
    for (std::size_t kind = 1; kind < kErrorKindCount; ++kind)  // none is no failure
      families.add(kDeadLetters, {pipeline, topic.topic, kErrorKindNames[kind]},
                   topic.dead_letters[kind]);
  }
  families.add(kEmitted, {pipeline}, totals.emitted);
  for (std::size_t i = 0; i < totals.transactions.size(); ++i)
    families.add(kTransactions, {pipeline, kTransactionResultNames[i]}, totals.transactions[i]);
  families.add(kDeadLetterFailures, {pipeline}, totals.dead_letter_failures);
}

void collect_handler(Families& families, const PipelineSnapshot& pipeline) {
  const std::string_view name = pipeline.name;
  add_each_of(families, kHandlerCalls, name, kCallKinds, pipeline.handler_calls);
  families.add(kHandlerDuration, {name}, pipeline.handler_duration);
  families.add(kHandlerOverdue, {name, "soft"}, pipeline.handlers_past_soft_timeout);
  families.add(kHandlerOverdue, {name, "hard"}, pipeline.handlers_past_timeout);
  families.add(kWorkerDeaths, {name}, pipeline.worker_deaths);
  families.add(kWorkerFailedStarts, {name}, pipeline.worker_failed_starts);
  families.add(kMessageAge, {name}, pipeline.message_age);
  families.add(kRetryLateness, {name}, pipeline.retry_lateness);
  families.add(kFailureDuration, {name}, pipeline.totals.failure_duration);
  families.add(kHandlersInFlight, {name}, pipeline.handlers_in_flight);
  families.add(kConcurrencyLimit, {name}, pipeline.concurrency);
  families.add(kOldestInFlight, {name}, pipeline.oldest_in_flight_unix_seconds);
}

// Errors that operators alert on exist from the beginning; others appear when they happen.
void collect_kafka_errors(Families& families, std::string_view pipeline,
                          const ConsumerSnapshot& totals) {
  auto errors = totals.kafka_errors;
  for (const auto error :
       {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TRANSPORT,
        RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__AUTHENTICATION,
        RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED}) {
    errors.try_emplace(rd_kafka_err2name(error), 0);
  }
  for (const auto& [error, count] : errors) families.add(kKafkaErrors, {pipeline, error}, count);
}

void collect_kafka(Families& families, std::string_view pipeline, const ConsumerSnapshot& totals) {
  add_each_of(families, kPausedPartitions, pipeline, kPauseReasonNames, totals.paused_partitions);
  families.add(kRebalances, {pipeline, "assigned"}, totals.rebalances_assigned);
  families.add(kRebalances, {pipeline, "revoked"}, totals.rebalances_revoked);
  families.add(kRebalances, {pipeline, "lost"}, totals.rebalances_lost);
  families.add(kCommits, {pipeline, "ok"}, totals.commits_ok);
  families.add(kCommits, {pipeline, "error"}, totals.commits_error);
  families.add(kCommitDuration, {pipeline}, totals.commit_duration);
  families.add(kLastCommit, {pipeline}, totals.last_commit_unix_seconds);
  families.add(kOffsetsLost, {pipeline}, totals.offsets_lost);
  collect_kafka_errors(families, pipeline, totals);
}

}  // namespace

void collect_pipeline(Families& families, const PipelineSnapshot& pipeline, Partitions partitions) {
  const std::string_view name = pipeline.name;
  const auto& totals = pipeline.totals;
  // Only plugins of the host's own major are loaded.
  const PluginSnapshot& plugin = pipeline.plugin;
  // One that a reload was to add may never have been made.
  if (!plugin.name.empty()) {
    families.add(kPluginInfo,
                 {name, plugin.name, plugin.version, TIDEGATE_STRING(TIDEGATE_ABI_MAJOR)}, 1);
  }
  families.add(kPluginGeneration, {name}, plugin.generation);
  families.add(kPluginOnProbation, {name}, plugin.on_probation ? 1 : 0);
  add_each_of(families, kPluginReloads, name, kPluginReloadNames, plugin.reloads);
  for (const auto& [reason, count] : plugin.load_failures)
    families.add(kPluginLoadFailures, {name, reason}, count);
  for (const auto state : kPipelineStateNames) {
    families.add(kPipelineState, {name, state}, state == metrics::name(pipeline.state) ? 1 : 0);
  }
  for (const auto& topic : totals.topics) collect_topic(families, name, topic, partitions);
  families.add(kInFlight, {name}, totals.in_flight);
  collect_handler(families, pipeline);
  collect_failures(families, name, totals);
  families.add(kQueueMessages, {name, "ready"}, totals.queued);
  families.add(kQueueMessages, {name, "blocked_by_key"}, totals.blocked);
  families.add(kQueueMessages, {name, "retry"}, totals.waiting);
  families.add(kQueueBytes, {name}, totals.bytes);
  families.add(kUncommitted, {name}, totals.uncommitted);
  families.add(kResumeMapMessages, {name}, totals.resume_map_messages);
  families.add(kPossibleRepeats, {name}, totals.possible_repeats);
  families.add(kResumeSkipped, {name}, totals.resume_skipped);
  families.add(kMetadataIgnored, {name}, totals.metadata_ignored);
  collect_kafka(families, name, totals);
  families.add(kBrokersConnected, {name}, pipeline.totals.brokers_connected);
}

}  // namespace tidegate::metrics
