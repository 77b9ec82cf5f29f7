// SPDX-License-Identifier: Apache-2.0
//
// The configuration as the host uses it: checked, complete, variables replaced, paths absolute.
// The parser makes it from TOML (DESIGN §8); defaults live in the key table (keys.hpp), not here.
// Two of them are equal where every key says the same: a reload tells by that what differs.
// Thread rule: immutable once made, [any].
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "host/base/log.hpp"

namespace tidegate::config {

using Milliseconds = std::chrono::milliseconds;
// Verbatim librdkafka properties, name to value.
using Properties = std::map<std::string, std::string, std::less<>>;

enum class Delivery : std::uint8_t { at_least_once, at_most_once, exactly_once };
enum class Ordering : std::uint8_t { partition, key, none };
enum class Isolation : std::uint8_t { thread, process };
enum class CommitMode : std::uint8_t { async, sync };
// Where a failed message waits for its next attempt (DESIGN §5).
enum class RetryMode : std::uint8_t { topic, in_place, none };
// What happens when even the dead letter cannot be written.
enum class OnFailure : std::uint8_t { block, stop };

// Where a group without a position begins. `time`: unix_ms says when.
struct StartOffset {
  enum class Kind : std::uint8_t { earliest, latest, error, time };
  Kind kind = Kind::latest;
  std::int64_t unix_ms = 0;
  bool operator==(const StartOffset&) const = default;
};

struct Cluster {
  std::string name;
  std::vector<std::string> bootstrap_servers;
  Properties librdkafka;
  bool operator==(const Cluster&) const = default;
};

// How long a version that was swapped in is watched, and when it is taken back.
struct Probation {
  Milliseconds time{};         // zero: it is not
  std::uint64_t messages = 0;  // calls that are enough; 0: only the time counts
  double max_failure_ratio = 0;
  bool operator==(const Probation&) const = default;
};

struct Plugin {
  std::filesystem::path path;    // absolute
  std::string sha256;            // lower-case hex, or empty: not pinned
  std::string config_json;       // UTF-8 JSON object
  Milliseconds probe_timeout{};  // how long its trial in a process of its own may take
  bool watch = false;            // reload when the file changes
  Probation probation{};
  bool operator==(const Plugin&) const = default;
};

// Of isolation = "process".
struct Worker {
  std::uint64_t memory_bytes = 0;  // 0: no limit
  std::uint64_t cpu_seconds = 0;   // 0: no limit
  std::string user;                // "USER" or "USER:GROUP"; empty: the host's own
  bool core_dumps = false;
  std::uint32_t max_crashing_messages = 0;  // different ones within crash_window; then it pauses
  Milliseconds crash_window{};
  bool operator==(const Worker&) const = default;
};

struct Batch {
  std::uint32_t max_messages = 0;
  Milliseconds max_wait{};
  bool operator==(const Batch&) const = default;
};

struct Commit {
  CommitMode mode = CommitMode::async;
  Milliseconds interval{};
  std::uint32_t max_messages = 0;
  bool operator==(const Commit&) const = default;
};

struct Retry {
  RetryMode mode = RetryMode::topic;
  std::int64_t max_retries = 0;          // -1: no limit
  std::vector<Milliseconds> delays;      // before the attempts, in this order; the last one repeats
  bool create_topics = true;             // retry topics and dead letter, where missing
  std::int32_t replication_factor = -1;  // of created topics; -1: the broker's default
  std::int64_t max_ahead = 1'000'000;    // in_place: offsets read past the lowest unfinished one
  bool operator==(const Retry&) const = default;
};

struct DeadLetter {
  bool enabled = true;  // false: dropped, and counted as dropped
  std::string topic;
  OnFailure on_failure = OnFailure::block;
  double max_ratio = 0;               // of the last 1,000 messages that ended, in [0, 1]
  std::uint32_t max_consecutive = 0;  // 0: off
  bool operator==(const DeadLetter&) const = default;
};

// Of exactly_once.
struct Transaction {
  std::uint32_t max_messages = 0;
  std::uint64_t max_bytes = 0;  // of copies and emitted messages
  Milliseconds max_time{};      // that a finished message may wait for its transaction
  bool operator==(const Transaction&) const = default;
};

struct Pipeline {
  std::string name;
  std::string instance;  // of the host; empty: none
  Cluster cluster;
  std::string group_id;
  std::vector<std::string> topics;        // either these
  std::vector<std::string> topics_regex;  // or these
  StartOffset start_offset;
  Delivery delivery = Delivery::at_least_once;
  std::uint32_t consumers = 0;
  std::uint32_t concurrency = 0;
  Ordering ordering = Ordering::partition;
  Isolation isolation = Isolation::thread;
  Milliseconds handler_soft_timeout{};
  Milliseconds handler_timeout{};
  Milliseconds drain_timeout{};
  std::uint32_t max_crashes = 3;  // isolation = "process": then the message is a dead letter
  std::uint32_t max_in_flight_messages = 0;
  std::uint64_t max_in_flight_bytes = 0;
  Plugin plugin;
  Worker worker;
  Batch batch;
  Retry retry;
  DeadLetter dead_letter;
  Commit commit;
  Transaction transaction;
  Properties consumer;  // librdkafka properties of the consumer, cluster's merged in beneath
  Properties producer;  // the same of the producer of retries and dead letters
  bool operator==(const Pipeline&) const = default;
};

struct Log {
  log::Level level = log::Level::info;
  std::string format;  // auto | text | json
  bool operator==(const Log&) const = default;
};

struct Host {
  Milliseconds shutdown_timeout{};
  std::filesystem::path plugin_dir;
  std::filesystem::path state_dir;
  std::string instance;
  Log log;
  std::string admin_listen;  // "127.0.0.1:9464"; port 0: any free one
  bool enable_lifecycle = false;
  bool partition_labels = false;
  std::vector<Pipeline> pipelines;
  bool operator==(const Host&) const = default;
};

}  // namespace tidegate::config
