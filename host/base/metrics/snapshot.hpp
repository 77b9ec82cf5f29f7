// SPDX-License-Identifier: Apache-2.0
//
// What a pipeline tells at one instant: the source of /metrics, of the progress line and of the
// closing ledger. Each consumer's poll thread publishes all its terms together, so that invariant 5
// holds in every snapshot:  consumed = sum of finished + given back + in flight.
// Thread rule: plain values, copied out; [any].
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/base/metrics/histogram.hpp"
#include "host/base/metrics/plugin_snapshot.hpp"
#include "host/base/outcome.hpp"

namespace tidegate::metrics {

// stalled: it runs, but of some partition nothing comes although there is more to read.
enum class PipelineState : std::uint8_t {
  starting,
  running,
  stalled,
  paused,
  draining,
  failed,
  stopped
};
inline constexpr std::array<std::string_view, 7> kPipelineStateNames = {
    "starting", "running", "stalled", "paused", "draining", "failed", "stopped"};
inline std::string_view name(PipelineState s) {
  return kPipelineStateNames[static_cast<std::size_t>(s)];
}

// Why an assigned partition is not read, or its messages do not start.
enum class PauseReason : std::uint8_t {
  backpressure,
  retry,           // its head is not due yet
  max_ahead,       // too much was read past a message that waits for its next attempt
  dead_letter,     // a copy of one of its messages cannot be written
  handler,         // its handler asked to wait
  limiter,         // too many dead letters: the pipeline waits for somebody to look
  start_position,  // where it begins or goes on is not known yet
  by_operator,     // somebody paused the pipeline
  unreadable,      // the client cannot read what the brokers sent: damaged, or of an unknown kind
  stalled,         // none that the host knows of
};
inline constexpr std::array<std::string_view, 10> kPauseReasonNames = {
    "backpressure", "retry",          "max_ahead", "dead_letter", "handler",
    "limiter",      "start_position", "operator",  "unreadable",  "stalled"};
inline std::string_view name(PauseReason r) {
  return kPauseReasonNames[static_cast<std::size_t>(r)];
}

struct PartitionSnapshot {
  std::int32_t partition = 0;
  std::int64_t committed = -1;               // position; -1: none yet
  std::int64_t end = -1;                     // end offset a reader can reach; -1: not known yet
  std::optional<std::int64_t> lag_messages;  // empty: not known yet
  std::optional<PauseReason> not_read{};     // empty: it is read
  std::int64_t reads_at = -1;                // the next offset to be read
};

// Whether nothing comes of it, which is nobody's intention and passes by itself only perhaps.
inline bool stands_still(const PartitionSnapshot& partition) {
  return partition.not_read == PauseReason::unreadable ||
         partition.not_read == PauseReason::stalled;
}

struct TopicSnapshot {
  std::string topic;
  bool retry_topic = false;  // of the group's own; its lag is overdue time, not age
  std::uint64_t consumed = 0;
  std::uint64_t consumed_bytes = 0;  // of keys and values
  std::array<std::uint64_t, kOutcomeCount> finished{};
  std::array<std::uint64_t, kGivenBackCount> given_back{};
  std::uint64_t in_flight = 0;
  std::array<std::uint64_t, kErrorKindCount> dead_letters{};  // acknowledged, by kind
  std::uint64_t retries_exhausted = 0;
  std::uint32_t assigned_partitions = 0;     // 0: no lag is shown
  std::optional<std::int64_t> lag_messages;  // empty: not known yet
  std::optional<double> lag_seconds;
  std::vector<PartitionSnapshot> partitions;  // the assigned ones
};

// How transactions end (exactly_once). indefinite: nobody knows; the positions decide.
enum class TransactionResult : std::uint8_t { committed, aborted, indefinite };
inline constexpr std::array<std::string_view, 3> kTransactionResultNames = {"committed", "aborted",
                                                                            "indefinite"};

// One consumer's part, published by its poll thread.
struct ConsumerSnapshot {
  std::vector<TopicSnapshot> topics;
  std::uint64_t in_flight = 0;            // polled and not finished
  std::uint64_t queued = 0;               // of these: waiting in a lane for a slot
  std::uint64_t blocked = 0;              // of these: behind a running message of their lane
  std::uint64_t waiting = 0;              // of these: not yet due for their next attempt
  std::uint64_t bytes = 0;                // memory that messages hold
  std::uint64_t uncommitted = 0;          // finished, but not yet covered by a committed position
  std::uint64_t resume_map_messages = 0;  // of these: told by the maps last committed
  std::uint64_t possible_repeats = 0;     // of these: found no room in them
  std::uint64_t resume_skipped = 0;       // offsets that maps said are finished, at assignments
  std::uint64_t metadata_ignored = 0;     // of committed positions, foreign or damaged
  std::array<std::uint32_t, kPauseReasonNames.size()> paused_partitions{};
  // Copies to retry topics that were acknowledged, by kind and delay as in the topic's name.
  std::map<std::pair<ErrorKind, std::string>, std::uint64_t> retries;
  std::uint64_t emitted = 0;  // messages of handlers that arrived
  std::array<std::uint64_t, kTransactionResultNames.size()> transactions{};
  std::uint64_t dead_letter_failures = 0;  // tries to write one that the brokers refused
  std::uint64_t rebalances_assigned = 0;
  std::uint64_t rebalances_revoked = 0;
  std::uint64_t rebalances_lost = 0;
  std::uint64_t commits_ok = 0;
  std::uint64_t commits_error = 0;
  HistogramData commit_duration{commit_duration_bounds()};
  HistogramData failure_duration{failure_duration_bounds()};
  double last_commit_unix_seconds = 0;                             // 0: none yet
  std::map<std::string, std::uint64_t, std::less<>> kafka_errors;  // by rd_kafka_err2name
  std::uint32_t brokers_connected = 0;
  std::int64_t first_message_ns = 0;  // CLOCK_MONOTONIC, of the first message received; 0: none yet
  std::int64_t last_advance_ns = 0;  // CLOCK_MONOTONIC, of the last commit that advanced a position
  std::uint64_t offsets_lost = 0;    // range below the log's start that was never seen
  bool has_assignment = false;       // a group assignment has arrived (it may be empty)
  bool caught_up = false;   // every position has been at its end for a second, nothing in flight
  std::uint32_t parts = 0;  // how many were added up here by add(); 0: one consumer's own
};

// All of a pipeline, consumers and slots summed up.
struct PipelineSnapshot {
  std::string name;
  PipelineState state = PipelineState::starting;
  std::string failure;  // why, when failed
  // isolation = "process".
  std::uint64_t worker_deaths = 0;  // by themselves, or for a call that hung
  std::uint64_t worker_failed_starts = 0;
  std::int64_t worker_pid = 0;  // 0: none runs now
  std::string worker_user;      // as whom it runs: "65534:65534"
  bool paused_by_limiter = false;
  bool paused_by_operator = false;
  PluginSnapshot plugin;
  std::string group_id;
  ConsumerSnapshot totals;
  std::uint32_t concurrency = 0;
  std::uint32_t handlers_in_flight = 0;
  std::uint64_t handlers_past_soft_timeout = 0;  // calls that ever ran past handler_soft_timeout
  std::uint64_t handlers_past_timeout = 0;       // and past handler_timeout
  double oldest_in_flight_unix_seconds = 0;      // 0: no call runs
  std::string oldest_in_flight_topic;            // of the oldest running call
  std::int32_t oldest_in_flight_partition = -1;
  std::int64_t oldest_in_flight_offset = -1;
  std::array<std::uint64_t, kCallKindCount> handler_calls{};
  HistogramData handler_duration{handler_duration_bounds()};
  HistogramData message_age{message_age_bounds()};
  HistogramData retry_lateness{retry_lateness_bounds()};
};

// Adds one consumer's part to the pipeline's totals; topics are joined by name.
void add(ConsumerSnapshot& totals, const ConsumerSnapshot& part);

}  // namespace tidegate::metrics
