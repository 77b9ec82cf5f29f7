// SPDX-License-Identifier: Apache-2.0
//
// Every metric of the host: name, unit, labels, help. The only place where a metric is defined: the
// collector refers to these by name, and tests hold dashboards and alerts against what comes of
// them. Rules: base units (seconds, bytes, messages); labels are the pipeline, the topic, an
// enumeration, or the partition where asked for; a counter ends in _total. Thread rule: constants,
// [any].
#pragma once

#include <cstdint>
#include <string_view>

namespace tidegate::metrics {

enum class Type : std::uint8_t { counter, gauge, histogram };

struct Definition {
  Type type;
  std::string_view name;
  std::string_view unit;    // what one of the value is
  std::string_view labels;  // their names, with a space between
  std::string_view help;    // one line
};

using Text = std::string_view;
constexpr Definition counter(Text name, Text unit, Text labels, Text help) {
  return {Type::counter, name, unit, labels, help};
}
constexpr Definition gauge(Text name, Text unit, Text labels, Text help) {
  return {Type::gauge, name, unit, labels, help};
}
constexpr Definition histogram(Text name, Text unit, Text labels, Text help) {
  return {Type::histogram, name, unit, labels, help};
}

// ---- the host ----
inline constexpr Definition kBuildInfo =
    gauge("tidegate_build_info", "1", "version revision abi librdkafka",
          "Build metadata of the running host; the value is always 1.");
inline constexpr Definition kReady =
    gauge("tidegate_ready", "bool", "",
          "Whether the host is ready (1) or not (0): every pipeline runs and has its assignment.");
inline constexpr Definition kConfigSuccessful =
    gauge("tidegate_config_last_reload_successful", "bool", "",
          "Whether the last configuration that was read was applied (1) or rejected (0).");
inline constexpr Definition kConfigTimestamp =
    gauge("tidegate_config_last_reload_success_timestamp_seconds", "unix seconds", "",
          "Unix time of the last applied configuration.");
inline constexpr Definition kConfigReloads =
    counter("tidegate_config_reloads_total", "reloads", "result",
            "Times the configuration was read again, by result: applied, rejected or rolled_back; "
            "rolled_back: some pipeline could not be made or started as it says.");
inline constexpr Definition kLogMessages =
    counter("tidegate_log_messages_total", "lines", "level", "Log lines written, by level.");

// ---- plugins and pipelines ----
inline constexpr Definition kPluginInfo =
    gauge("tidegate_plugin_info", "1", "pipeline plugin plugin_version abi",
          "Loaded handler plugin of each pipeline; the value is always 1.");
inline constexpr Definition kPluginLoadFailures =
    counter("tidegate_plugin_load_failures_total", "loads", "pipeline reason",
            "Plugin loads refused, by reason.");
inline constexpr Definition kPluginGeneration =
    gauge("tidegate_plugin_generation", "generations", "pipeline",
          "Which generation of the plugin handles, counted from 1 since the start.");
inline constexpr Definition kPluginReloads = counter(
    "tidegate_plugin_reloads_total", "reloads", "pipeline result",
    "Reloads of the plugin by result; rolled_back: a version that was swapped in and failed.");
inline constexpr Definition kPluginOnProbation =
    gauge("tidegate_plugin_on_probation", "bool", "pipeline",
          "Whether the plugin was swapped in lately and may still be taken back (1).");
inline constexpr Definition kSeriesRejected =
    counter("tidegate_metric_series_rejected_total", "series", "pipeline",
            "Series refused because a plugin reached its series limit or gave a bad definition.");
inline constexpr Definition kPipelineState =
    gauge("tidegate_pipeline_state", "bool", "pipeline state",
          "State of each pipeline as a state set (exactly one state is 1).");

// ---- the journey of messages ----
inline constexpr Definition kConsumed = counter("tidegate_messages_consumed_total", "messages",
                                                "pipeline topic", "Messages received from Kafka.");
inline constexpr Definition kConsumedBytes =
    counter("tidegate_consumed_bytes_total", "bytes", "pipeline topic",
            "Key and value bytes received from Kafka.");
inline constexpr Definition kFinished =
    counter("tidegate_messages_finished_total", "messages", "pipeline topic outcome",
            "Messages that reached a final outcome, each counted once.");
inline constexpr Definition kGivenBack = counter(
    "tidegate_messages_given_back_total", "messages", "pipeline topic reason",
    "Messages that left memory unfinished; their next owner or a later fetch brings them again.");
inline constexpr Definition kInFlight = gauge("tidegate_messages_in_flight", "messages", "pipeline",
                                              "Messages polled and not yet finished.");
inline constexpr Definition kOffsetsLost =
    counter("tidegate_offsets_lost_total", "offsets", "pipeline",
            "Offsets between a position and the log's start, which the topic's retention had "
            "removed before they were consumed.");

// ---- handler calls ----
inline constexpr Definition kEmitted =
    counter("tidegate_messages_emitted_total", "messages", "pipeline",
            "Messages that handlers sent to other topics and the brokers acknowledged.");
inline constexpr Definition kTransactions = counter(
    "tidegate_transactions_total", "transactions", "pipeline result",
    "Transactions of delivery = exactly_once, by how they ended; after an indefinite one the "
    "committed positions decide what is written again.");
inline constexpr Definition kHandlerCalls = counter(
    "tidegate_handler_calls_total", "messages", "pipeline kind",
    "Attempts (one message given to the handler once), by kind of failure; none is success.");
inline constexpr Definition kHandlerDuration = histogram(
    "tidegate_handler_duration_seconds", "seconds", "pipeline", "Wall time of one handler call.");
inline constexpr Definition kHandlerOverdue =
    counter("tidegate_handler_overdue_total", "calls", "pipeline limit",
            "Handler calls that ran past a limit, by limit: soft is handler_soft_timeout, hard is "
            "handler_timeout.");
inline constexpr Definition kWorkerDeaths =
    counter("tidegate_worker_deaths_total", "processes", "pipeline",
            "Worker processes that died by themselves or were ended for a call that hung "
            "(isolation = process).");
inline constexpr Definition kWorkerFailedStarts =
    counter("tidegate_worker_failed_starts_total", "processes", "pipeline",
            "Worker processes that did not become ready (isolation = process).");
inline constexpr Definition kMessageAge =
    histogram("tidegate_message_age_seconds", "seconds", "pipeline",
              "Age of a message (now minus message timestamp) when it reached its final outcome.");
inline constexpr Definition kHandlersInFlight =
    gauge("tidegate_handlers_in_flight", "calls", "pipeline", "Handler calls running now.");
inline constexpr Definition kConcurrencyLimit =
    gauge("tidegate_handler_concurrency_limit", "calls", "pipeline",
          "Configured maximum of concurrent handler calls.");
inline constexpr Definition kOldestInFlight =
    gauge("tidegate_oldest_in_flight_start_timestamp_seconds", "unix seconds", "pipeline",
          "Unix time at which the oldest running handler call started; 0 when none runs.");

// ---- messages that failed ----
inline constexpr Definition kRetries =
    counter("tidegate_retries_total", "messages", "pipeline kind delay",
            "Failed messages that get another attempt, by error kind and delay; in place, delays "
            "that are not configured are other; hops of longer waits have kind none.");
inline constexpr Definition kRetryLateness =
    histogram("tidegate_retry_lateness_seconds", "seconds", "pipeline",
              "How long after its due time an attempt of a message that had failed began.");
inline constexpr Definition kFailureDuration =
    histogram("tidegate_failure_duration_seconds", "seconds", "pipeline",
              "Time from the first failure of a message that was attempted again until it was "
              "handled, a dead "
              "letter, or dropped.");
inline constexpr Definition kRetriesExhausted =
    counter("tidegate_retries_exhausted_total", "messages", "pipeline topic",
            "Messages that failed with no retry left.");
inline constexpr Definition kDeadLetters =
    counter("tidegate_dead_letters_total", "messages", "pipeline topic kind",
            "Messages written to the dead letter, by where they were read and error kind.");
inline constexpr Definition kDeadLetterFailures =
    counter("tidegate_dead_letter_publish_failures_total", "messages", "pipeline",
            "Dead letters that the brokers refused; each is tried again, or stops the pipeline.");

// ---- what waits in memory ----
inline constexpr Definition kQueueMessages =
    gauge("tidegate_queue_messages", "messages", "pipeline queue",
          "Messages held in memory, by queue: ready waits for a handler, blocked_by_key waits "
          "behind a running or waiting message of its lane, retry is not due for its next attempt "
          "yet.");
inline constexpr Definition kQueueBytes =
    gauge("tidegate_queue_bytes", "bytes", "pipeline",
          "Memory held by messages: whole fetch buffers where a message pins one.");
inline constexpr Definition kUncommitted =
    gauge("tidegate_uncommitted_messages", "messages", "pipeline",
          "Finished messages that cannot be committed yet because an earlier one is unfinished.");

// ---- the resume map: finished messages above committed positions ----
inline constexpr Definition kResumeMapMessages = gauge(
    "tidegate_resume_map_messages", "messages", "pipeline",
    "Finished messages above committed positions that the resume maps last committed tell, so "
    "that a crash does not bring them again; of this instance's own.");
inline constexpr Definition kPossibleRepeats =
    gauge("tidegate_resume_map_possible_repeats", "messages", "pipeline",
          "Finished messages that found no room in the resume maps last committed and would be "
          "handled again after a crash.");
inline constexpr Definition kResumeSkipped =
    counter("tidegate_resume_map_skipped_total", "offsets", "pipeline",
            "Offsets above the positions of newly assigned partitions that are not handled again, "
            "because a resume map says they are finished (gaps of the log included).");
inline constexpr Definition kMetadataIgnored = counter(
    "tidegate_commit_metadata_ignored_total", "positions", "pipeline",
    "Committed positions whose metadata was ignored: foreign, damaged, or of another place.");

// ---- lag, of partitions assigned to this host only ----
inline constexpr Definition kLagMessages =
    gauge("tidegate_consumer_lag_messages", "messages", "pipeline topic",
          "Messages behind the log end (end offset minus committed position), summed over "
          "partitions assigned to this instance; an upper bound on compacted topics.");
inline constexpr Definition kLagSeconds =
    gauge("tidegate_consumer_lag_seconds", "seconds", "pipeline topic",
          "Age of the oldest unfinished message over partitions assigned to this instance; 0 when "
          "caught up.");
inline constexpr Definition kPartitionLag =
    gauge("tidegate_partition_lag_messages", "messages", "pipeline topic partition",
          "Messages behind the log end of one assigned partition (metrics.partition_labels).");
inline constexpr Definition kPartitionCommitted =
    gauge("tidegate_partition_committed_offset", "offset", "pipeline topic partition",
          "Committed position of one assigned partition (metrics.partition_labels).");
inline constexpr Definition kPartitionEnd = gauge(
    "tidegate_partition_end_offset", "offset", "pipeline topic partition",
    "End offset of one assigned partition, the next one to be written (metrics.partition_labels).");

// ---- Kafka ----
inline constexpr Definition kAssignedPartitions =
    gauge("tidegate_assigned_partitions", "partitions", "pipeline topic",
          "Partitions assigned to this instance.");
inline constexpr Definition kPausedPartitions =
    gauge("tidegate_paused_partitions", "partitions", "pipeline reason",
          "Assigned partitions not being fetched, by reason.");
inline constexpr Definition kRebalances = counter("tidegate_rebalances_total", "rebalances",
                                                  "pipeline type", "Rebalance callbacks, by type.");
inline constexpr Definition kCommits =
    counter("tidegate_commits_total", "commits", "pipeline result", "Offset commits, by result.");
inline constexpr Definition kCommitDuration =
    histogram("tidegate_commit_duration_seconds", "seconds", "pipeline",
              "Time from commit request to broker answer.");
inline constexpr Definition kLastCommit =
    gauge("tidegate_last_commit_timestamp_seconds", "unix seconds", "pipeline",
          "Unix time of the last successful offset commit; 0 before the first.");
inline constexpr Definition kBrokersConnected =
    gauge("tidegate_kafka_brokers_connected", "brokers", "pipeline",
          "Brokers with an established connection.");
inline constexpr Definition kKafkaErrors =
    counter("tidegate_kafka_errors_total", "errors", "pipeline error",
            "Client errors reported by librdkafka, by error name.");

// ---- the process, under the names that every Prometheus client uses ----
inline constexpr Definition kProcessStart =
    gauge("process_start_time_seconds", "unix seconds", "",
          "Start time of the process since unix epoch in seconds.");
inline constexpr Definition kProcessCpu = counter(
    "process_cpu_seconds_total", "seconds", "", "Total user and system CPU time spent in seconds.");
inline constexpr Definition kProcessResident =
    gauge("process_resident_memory_bytes", "bytes", "", "Resident memory size in bytes.");
inline constexpr Definition kProcessOpenFds =
    gauge("process_open_fds", "descriptors", "", "Number of open file descriptors.");
inline constexpr Definition kProcessMaxFds =
    gauge("process_max_fds", "descriptors", "", "Maximum number of open file descriptors.");
inline constexpr Definition kProcessThreads =
    gauge("process_threads", "threads", "", "Number of operating system threads of the process.");

}  // namespace tidegate::metrics
