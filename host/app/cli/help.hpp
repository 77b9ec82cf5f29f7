// SPDX-License-Identifier: Apache-2.0
//
// What the commands' help texts say behind the list of options: examples that can be typed as they
// are. Thread rule: constants.
#pragma once

namespace tidegate::cli {

inline constexpr const char* kMainHelp = R"(Try:
  tidegate demo                         watch it work, no Kafka needed
  tidegate validate tidegate.toml       check a configuration
  tidegate run -c tidegate.toml         run it
  tidegate dlq list -c tidegate.toml    what failed for good
  tidegate run --help                   more about one command

Exit codes: 0 ok, 1 failed, 64 command line not understood, 69 brokers not reached
(commands that do not wait for them), 78 configuration or plugin refused.)";

inline constexpr const char* kRunHelp =
    R"(Without -c it takes ./tidegate.toml, else /etc/tidegate/tidegate.toml.
It waits for brokers that are not there yet. SIGTERM or Ctrl-C drains: no handler call starts
any more, what is finished is committed, the group is left, exit 0. A second signal ends at once.
On a terminal it keeps a line of progress on stderr and ends with a summary on stdout; elsewhere
both are JSON log lines on stderr.

Examples:
  tidegate run -c tidegate.toml
  tidegate run --set pipelines.orders.concurrency=4 --set log.level=debug
  tidegate run --exit-when-caught-up     work off what is there, then exit 0)";

inline constexpr const char* kValidateHelp =
    R"(Prints every finding as file:line:column, with the line, a caret and the cure; exit 78.
Prints "ok" and exits 0 when there is none. No broker is contacted and no plugin code
runs: of the plugin files only the identity is read.

Examples:
  tidegate validate tidegate.toml
  tidegate validate config/*.toml --format json
  tidegate validate --offline tidegate.toml      where the plugins are not installed)";

inline constexpr const char* kDemoHelp =
    R"(Starts a mock cluster inside this process, fills a topic with generated JSON messages
and runs one pipeline over it with the "flaky" plugin, which fails for a share of them.
Prints the configuration an operator would write, the address of /metrics, and a closing
ledger. Exits 0 only when every message that was produced is accounted for.

Examples:
  tidegate demo
  tidegate demo --messages 1000000
  tidegate demo --keep                           stays up, to try tidegate dlq on it
  tidegate demo --plugin ./orders.so             your own handler over the generated messages
  tidegate demo --bootstrap localhost:9092       on a real cluster; its topic is deleted after)";

inline constexpr const char* kPluginHelp = R"(Example:
  tidegate plugin inspect plugins/flaky.so)";

inline constexpr const char* kInspectHelp =
    R"(Reads the file without running any of its code. Exits 78 when this host would refuse it.

Examples:
  tidegate plugin inspect plugins/flaky.so
  tidegate plugin inspect --format json plugins/flaky.so)";

}  // namespace tidegate::cli
