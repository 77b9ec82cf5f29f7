// SPDX-License-Identifier: Apache-2.0
//
// What the help of `tidegate plugin` says behind the list of options. Thread rule: constants.
#pragma once

namespace tidegate::cli {

inline constexpr const char* kPluginHelp = R"(From nothing to a plugin that one can trust:
  tidegate plugin new orders                           a project that builds, with a test
  tidegate plugin inspect orders.so                    what is it? would a host take it?
  tidegate plugin test orders.so --messages m.jsonl    what does it answer?
  tidegate plugin validate orders.so                   does it keep the contract?
  tidegate plugin bench orders.so                      what does a call cost?
None of them needs Kafka, a configuration of a host, or a running host.)";

inline constexpr const char* kInspectHelp =
    R"(Reads the file without running any of its code: identity, checksum, build id, the libraries and
versions that it needs, and whether a host of this user on this machine would load it ("runs here",
with reason and cure). Exits 78 when it would not. What only running it can show, `tidegate plugin
validate` shows.

Examples:
  tidegate plugin inspect plugins/flaky.so
  tidegate plugin inspect --format json orders.so | jq -r .sha256    for plugin.sha256)";

inline constexpr const char* kPluginTestHelp =
    R"(Creates one instance and hands it the messages in the order of the file, as a pipeline would: the
same call, the same view of a message. Prints one line per message: its number, the answer, how long
the call took, the reason. Nothing is retried, and what the handler sends is only counted (JSON
shows it). It runs in this process, so a debugger stops where it crashes:
  gdb --args tidegate plugin test orders.so --messages m.jsonl

A line of the file is one message; what is left out is absent:
  {"key": "k1", "value": "text", "headers": {"trace": "a1"}}
  {"value": {"id": 7}}                                  JSON, handed over as its compact text
  {"key_hex": "00ff", "value_base64": "AAECAw=="}       other bytes
  {"value": null, "topic": "orders.v1", "partition": 3, "offset": 12, "timestamp_ms": 1700000000000}
  {"value": "x", "attempt": 2, "expect": "dead_letter"}
"expect" is the answer that is right: ok, false, fail, retry_after, dead_letter, drop, pause,
exception or emit (ok, but what it sent was refused). Empty lines and # comments are passed over.
The output of `tidegate dlq show --format json` can be used as it is.

Exits 0; 1 when a message was not answered as expected, or the file has a mistake; 78 when the plugin
is refused or its create fails.

Examples:
  tidegate plugin test orders.so --messages m.jsonl --config 'table = "orders"'
  tidegate plugin test orders.so --messages m.jsonl --config orders.toml --batch 100
  echo '{"value": "bad"}' | tidegate plugin test orders.so --messages - --format json
  tidegate dlq show -c tidegate.toml --format json | tidegate plugin test orders.so --messages -)";

inline constexpr const char* kPluginValidateHelp =
    R"(Tries what a broker can deliver and a host may do. Each check runs in a process of its own with a
time limit, so one that crashes or hangs is one finding. A check passes whatever the handler
answers; it fails when the plugin crashes, hangs, lets an exception out, overwrites what is the
host's, or leaves threads and files behind. Where the plugin has handle_batch, each check calls that,
too. Exits 0 when all pass, 1 when one fails, 78 when no host would load the file.

Create runs for every check, with all it does: give it a --config that is meant for tests.

Examples:
  tidegate plugin validate orders.so
  tidegate plugin validate orders.so --config test.toml --messages ordinary.jsonl
  tidegate plugin validate orders.so --only large-value --only threads
  tidegate plugin validate orders.so --format json | jq '.checks[] | select(.result == "fail")')";

inline constexpr const char* kPluginBenchHelp =
    R"(Calls one instance from one thread through the host's own slot, message by message and, where it
has handle_batch, in batches. Prints nanoseconds per message (the median of many rounds), how many of
them are the host's (measured with a handler that does nothing), and allocations per message that the
plugin made in the calling thread ("-" where the allocator of this build does not tell). Messages come
from memory that was just written: in a pipeline another processor wrote it, which costs the host
more. Close other programs; compare figures of one machine only.

Examples:
  tidegate plugin bench orders.so
  tidegate plugin bench orders.so --config test.toml --messages ordinary.jsonl --time 5s
  tidegate plugin bench orders.so --batch 1000 --format json)";

}  // namespace tidegate::cli
