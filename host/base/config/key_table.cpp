// SPDX-License-Identifier: Apache-2.0
//
// The data of keys.hpp. A new key is added here and nowhere else; the example file and the
// reference are then written anew with `TIDEGATE_REGENERATE=1` (config/README.md).
#include <array>

#include "host/base/config/key_builders.hpp"
#include "host/base/config/keys.hpp"

namespace tidegate::config {
namespace {

using namespace keys;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kTiB = kKiB * kKiB * kKiB * kKiB;
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kBillion = 1'000'000'000;
constexpr auto kKeys = std::to_array<Key>({
    required(example(
        integer("config_version", kNone, {1, 1}, "the form of this file; 1 is the only one so far"),
        "1")),

    duration("host.shutdown_timeout", "\"30s\"", {0, kDayMs},
             "at SIGTERM: how long calls already begun may take; then exit 1"),
    text("host.plugin_dir", "\"plugins\"",
         "where a relative plugin path starts; itself relative to this file"),
    text("host.state_dir", "\"\"",
         "private copies of plugins, control socket; a host's own; default $STATE_DIRECTORY, else "
         "~/.local/state/tidegate"),
    text("host.instance", "\"\"",
         "stable name of this host, unique in its groups: with exactly_once a restarted host ends "
         "its predecessor's transaction at once"),

    one_of("log.level", "\"info\"", "error|warn|info|debug",
           "the least severe line that is written"),
    one_of("log.format", "\"auto\"", "auto|text|json", "auto: text on a terminal, else json"),

    text("admin.listen", "\"127.0.0.1:9464\"",
         "address and port of /metrics, /-/healthy and /-/ready; port 0: any free one"),
    boolean("admin.enable_lifecycle", "false",
            "let POST on admin.listen pause and resume pipelines; the control socket always may"),

    boolean("metrics.partition_labels", "false",
            "lag and positions per partition too: three more series for each"),

    required(example(make(Type::text_list, "clusters.*.bootstrap_servers", kNone,
                          "brokers to begin with, each \"host:port\""),
                     "[\"kafka-1:9092\", \"kafka-2:9092\"]")),
    example(make(Type::properties, "clusters.*.librdkafka", kNone,
                 "verbatim librdkafka properties of every client of this cluster, names quoted"),
            "\"security.protocol\" = \"PLAINTEXT\"\n"
            "# \"security.protocol\" = \"SASL_SSL\"\n"
            "# \"sasl.mechanisms\" = \"SCRAM-SHA-512\"\n"
            "# \"sasl.username\" = \"tidegate\"\n"
            "# \"sasl.password\" = \"${KAFKA_PASSWORD}\""),

    example(text("pipelines.*.cluster", kNone,
                 "name of the cluster; may be left out where there is only one"),
            "\"main\""),
    required(example(
        text(
            "pipelines.*.group_id", kNone,
            "the consumer group; within one configuration it belongs to one pipeline of a cluster"),
        "\"orders\"")),
    example(make(Type::text_list, "pipelines.*.topics", kNone,
                 "topics to consume; either this or topics_regex"),
            "[\"orders.v1\"]"),
    example(make(Type::text_list, "pipelines.*.topics_regex", kNone,
                 "POSIX extended patterns, found anywhere in a name unless anchored"),
            "# [\"^orders\\\\.\"]"),
    make(Type::start_offset, "pipelines.*.start_offset", "\"latest\"",
         "earliest, latest, error or an RFC 3339 time: where a group without a position begins"),
    one_of("pipelines.*.delivery", "\"at_least_once\"", "at_least_once|at_most_once|exactly_once",
           "at_most_once commits before it handles; exactly_once commits together with what is "
           "written"),
    integer("pipelines.*.consumers", "1", {1, 256}, "members of the group in this process"),
    integer("pipelines.*.concurrency", "1", {1, 1024},
            "handler slots of the pipeline: calls that may run at once"),
    one_of("pipelines.*.ordering", "\"partition\"", "partition|key|none",
           "what keeps its order: a partition, the messages of one key, nothing"),
    one_of("pipelines.*.isolation", "\"thread\"", "thread|process",
           "thread: the plugin runs in the host; process: in a worker of its own"),
    duration("pipelines.*.handler_soft_timeout", "\"10s\"", {1, kDayMs},
             "a handler call that takes longer is logged and counted"),
    duration("pipelines.*.handler_timeout", "\"30s\"", {1, kDayMs},
             "the deadline the handler is told; past it a call is logged, counted and shown"),
    duration("pipelines.*.drain_timeout", "\"25s\"", {0, kDayMs},
             "at revoke: how long to wait for calls already begun"),
    integer("pipelines.*.max_crashes", "3", {1, 1000},
            "isolation = \"process\": then the message goes to the dead letter"),
    integer("pipelines.*.max_in_flight_messages", "60000", {1, 100 * kMillion},
            "messages polled and not yet finished, shared evenly by the consumers"),
    size("pipelines.*.max_in_flight_bytes", "\"64MiB\"", {64 * kKiB, kTiB},
         "the same in bytes; librdkafka's own queue comes on top"),

    required(example(text("pipelines.*.plugin.path", kNone,
                          "the shared library; a relative path starts at host.plugin_dir"),
                     "\"../../build/release/plugins/log.so\"")),
    text("pipelines.*.plugin.sha256", "\"\"", "64 hexadecimal digits: load only this very file"),
    boolean("pipelines.*.plugin.watch", "false",
            "swap the file in when it changes, as soon as it is written whole"),
    duration("pipelines.*.plugin.probe_timeout", "\"10s\"", {1, kDayMs},
             "how long loading and create may take when the plugin is tried in a child process"),
    example(make(Type::free_table, "pipelines.*.plugin.config", kNone,
                 "anything; handed to the plugin as JSON"),
            "mode = \"count\""),
    duration("pipelines.*.plugin.probation.time", "\"60s\"", {0, kDayMs},
             "how long a version that was swapped in is watched; 0s: not at all"),
    integer("pipelines.*.plugin.probation.messages", "10000", {0, kBillion},
            "so many calls are enough, too; 0: only the time counts"),
    number("pipelines.*.plugin.probation.max_failure_ratio", "0.1", {0, 1},
           "more failed calls than this (of 100 at least) bring the old version back; 1: none do"),

    integer("pipelines.*.batch.max_messages", "500", {1, kMillion},
            "what one handle_batch call gets at most"),
    duration("pipelines.*.batch.max_wait", "\"0s\"", {0, kHourMs},
             "how long a batch may wait to fill"),

    one_of("pipelines.*.retry.mode", "\"topic\"", "topic|in_place|none",
           "where a failed message waits for its next attempt"),
    integer("pipelines.*.retry.max_retries", "3", {-1, kBillion},
            "attempts after the first; -1: no limit, 0: none"),
    make(Type::duration_list, "pipelines.*.retry.delays", "[\"1s\", \"10s\", \"1m\"]",
         {1, 7 * kDayMs}, "waits before the attempts; the last one repeats"),
    boolean("pipelines.*.retry.create_topics", "true",
            "create retry topics and dead letter where they are missing"),
    integer("pipelines.*.retry.replication_factor", "-1", {-1, 32767},
            "of created topics; -1: the broker's default"),
    integer("pipelines.*.retry.max_ahead", "1000000", {1, kBillion},
            "in_place: offsets read past the lowest unfinished one"),

    boolean("pipelines.*.dead_letter.enabled", "true",
            "false: a message out of retries is dropped, and counted as dropped"),
    example(text("pipelines.*.dead_letter.topic", kNone,
                 "where dead letters go; default <group_id>.dlq"),
            "\"orders.dlq\""),
    one_of("pipelines.*.dead_letter.on_failure", "\"block\"", "block|stop",
           "what happens when even that cannot be written"),
    number("pipelines.*.dead_letter.max_ratio", "0.5", {0, 1},
           "more dead letters than this among the last 1,000 messages pause the pipeline; 1: off"),
    integer("pipelines.*.dead_letter.max_consecutive", "0", {0, kBillion},
            "so many in a row pause the pipeline; 0: off"),

    one_of("pipelines.*.commit.mode", "\"async\"", "async|sync",
           "async: one coalesced commit in flight; sync: before the next batch is taken"),
    duration("pipelines.*.commit.interval", "\"1s\"", {1, kHourMs},
             "how long a position may wait to be committed"),
    integer("pipelines.*.commit.max_messages", "10000", {1, kBillion},
            "so many finished messages are committed before the interval is over"),

    integer("pipelines.*.transaction.max_messages", "10000", {1, kBillion},
            "what one transaction takes at most"),
    size("pipelines.*.transaction.max_bytes", "\"16MiB\"", {kKiB, kTiB},
         "the same in bytes; one message is always taken"),
    duration("pipelines.*.transaction.max_time", "\"100ms\"", {1, kHourMs},
             "how long a finished message may wait for its transaction"),

    size("pipelines.*.worker.memory", "\"0\"", {0, kTiB},
         "limit of its data and stacks (RLIMIT_DATA; 8 MiB of stack for each slot), 0 = none"),
    integer("pipelines.*.worker.cpu_seconds", "0", {0, kBillion},
            "limit of a worker's processor time, at which it ends as by a crash; 0 = none"),
    text("pipelines.*.worker.user", "\"\"",
         "run the worker as this USER or USER:GROUP, names or numbers; \"\": as the host's user"),
    boolean("pipelines.*.worker.core_dumps", "false", "let a crashed worker leave a core file"),
    integer("pipelines.*.worker.max_crashing_messages", "5", {1, kMillion},
            "different messages within crash_window: the plugin is broken, pause"),
    duration("pipelines.*.worker.crash_window", "\"1m\"", {1, kDayMs}, "see max_crashing_messages"),

    example(make(Type::properties, "pipelines.*.consumer", kNone,
                 "verbatim librdkafka properties of the consumer, names quoted"),
            "\"group.protocol\" = \"classic\""),
    example(make(Type::properties, "pipelines.*.producer", kNone,
                 "verbatim librdkafka properties of the producer of retries and dead letters"),
            "\"acks\" = \"all\""),
});

}  // namespace

std::span<const Key> all_keys() { return kKeys; }

}  // namespace tidegate::config
