// SPDX-License-Identifier: Apache-2.0
//
// What the help of `tidegate dlq` says behind the list of options: examples that can be typed as
// they are. Thread rule: constants.
#pragma once

namespace tidegate::cli {

inline constexpr const char* kDlqHelp = R"(Without -c it takes ./tidegate.toml, else
/etc/tidegate/tidegate.toml, and the dead letters of all its pipelines. No host needs to run.

Examples:
  tidegate dlq list -c tidegate.toml
  tidegate dlq show --pipeline orders --limit 1
  tidegate dlq replay --pipeline orders --dry-run
  tidegate dlq list --bootstrap localhost:9092 --topic orders.dlq    without a configuration

Exit codes: 0 ok, 1 failed, 64 command line not understood, 69 brokers not reached,
78 configuration refused.)";

inline constexpr const char* kDlqListHelp =
    R"(Reads all of them. Times are those at which they became
dead letters, in UTC. JSON is one object a line.

Examples:
  tidegate dlq list -c tidegate.toml
  tidegate dlq list -c tidegate.toml --since 2h --format json)";

inline constexpr const char* kDlqShowHelp =
    R"(Prints the newest that match, the oldest of these first.
Control characters and what is not UTF-8 are printed as \xNN. JSON is one object a line and loses
no byte: a key, header or value that is not UTF-8 is there as key_hex, value_hex. With --payload json
the value is parsed and printed anew; text and hex show it as it is.

Examples:
  tidegate dlq show -c tidegate.toml --limit 1
  tidegate dlq show -c tidegate.toml --kind exception --since 2h --payload json
  tidegate dlq show -c tidegate.toml --partition 0 --offset 12 --payload hex)";

inline constexpr const char* kDlqReplayHelp =
    R"(Copies dead letters, byte for byte, to the topic they came from, or with --to retry to
<group>.retry.0s, which only their own group reads (made where it is missing; hosts find it within
30 s). They begin at attempt 1. The dead letters stay; purge deletes them. It ends at the end that
was there when it began.

Progress is kept for the consumer group <group>.dlq-replay, behind acknowledged copies only: the next
replay, or a killed one started again, goes on there. What a killed one had on its way is replayed
again; with --exactly-once it is not.
With filters no progress is kept, or what they leave out would be passed over by the next replay:
each run begins at the beginning and replays again all that match. --progress NAME keeps it, for
runs with this name only.

Without readable headers a dead letter cannot be replayed: it is named, counted, and the exit
code is 1. One that was replayed --max-replays times is named and counted, too. A copy that is
refused ends the replay before it.

Examples:
  tidegate dlq replay -c tidegate.toml --dry-run
  tidegate dlq replay -c tidegate.toml --pipeline orders --rate 50/s
  tidegate dlq replay -c tidegate.toml --to retry --exactly-once
  tidegate dlq replay -c tidegate.toml --kind exception --since 2h)";

inline constexpr const char* kDlqPurgeHelp =
    R"(Deletes all dead letters that were there when it counted them; what comes later stays. It asks
on a terminal; elsewhere it needs --yes. There is no way back, and no purge with filters: Kafka
deletes a partition from its beginning only.

Examples:
  tidegate dlq purge -c tidegate.toml --pipeline orders
  tidegate dlq purge -c tidegate.toml --pipeline orders --yes)";

}  // namespace tidegate::cli
