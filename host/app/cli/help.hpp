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
  tidegate plugin new orders            begin a handler of your own
  tidegate status -c tidegate.toml      what it does now; also lag, pause, resume, reload
  tidegate dlq list -c tidegate.toml    what failed for good
  tidegate plugin test orders.so ...    try a plugin; also inspect, validate, bench
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
Prints "ok" and exits 0 when there is none. No broker is contacted.
Each plugin is tried as `run` would: its file is checked (owner, permissions, plugin.sha256, ABI,
libraries), then a child process loads it, creates an instance with its plugin.config and
destroys it, within plugin.probe_timeout. So create runs, with all it does: --no-probe leaves
that out.

Examples:
  tidegate validate tidegate.toml
  tidegate validate config/*.toml --format json
  tidegate validate --no-probe tidegate.toml     no code of the plugins runs
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
  tidegate demo --set pipelines.demo.ordering=key
  tidegate demo --bootstrap localhost:9092       on a real cluster; its topic is deleted after)";

inline constexpr const char* kStatusHelp =
    R"(Asks the host through the control socket in its state folder, so it needs the host's user (or
root), but neither a port nor a broker. Which host: the one of -c FILE, else of ./tidegate.toml or
/etc/tidegate/tidegate.toml; of the file only host.state_dir is read. --state-dir DIR names the
folder itself; of a systemd unit it is /var/lib/tidegate. Exits 1 when no host answers.
Counts are since the host's start. LAG and BEHIND are of the source topics' partitions that this
host has; WAITING RETRIES is what lies in the group's retry topics.

Examples:
  tidegate status -c tidegate.toml
  sudo tidegate status --state-dir /var/lib/tidegate
  tidegate status --format json | jq '.pipelines[] | {name, state, paused_by}')";

inline constexpr const char* kLagHelp =
    R"(One row a topic: messages between the committed position and the end, and how old the oldest
unfinished one is. Of a retry topic: what waits there, and how long the first is overdue.
Finds its host like `tidegate status`, and shows the partitions that this host has.

Examples:
  tidegate lag -c tidegate.toml
  tidegate lag --partitions               committed position and end of each partition
  tidegate lag --format json)";

inline constexpr const char* kPauseHelp =
    R"(No handler call of the pipeline starts any more; calls that run end, and what they finished is
committed. The host keeps its partitions and stays in the group, so nothing is rebalanced, and
reading stops when the in-flight bounds are full. When the command returns no new call starts.
It lasts until `tidegate resume`, or until the host ends: a restart does not remember it.
(With at_most_once, what was committed before the pause is still handled when the host stops.)
Finds its host like `tidegate status`.

Examples:
  tidegate pause orders -c tidegate.toml
  tidegate resume orders -c tidegate.toml)";

inline constexpr const char* kResumeHelp =
    R"(Lifts the pause of an operator and that of the dead-letter limiter, whose window is empty then:
messages that waited are attempted again, and were charged nothing. Mend what fails behind the
handler first, or the limiter trips again after at least 100 more dead letters (or
dead_letter.max_consecutive). Does nothing to a pipeline that runs.
Finds its host like `tidegate status`.

Examples:
  tidegate status                          which pipeline is paused, and by whom
  tidegate resume orders)";

inline constexpr const char* kReloadHelp =
    R"(Reads the configuration again and takes it while the host runs. First it is checked whole, and every
new plugin is tried: with a mistake in it, one plugin that is refused, or another value of a key of
host, log, admin or metrics, which only a restart takes, nothing changes; exit 1.
Then each pipeline of which only the plugin is another one gets the new version between two messages;
partitions, order and group membership stay as they are. A version that fails more often than
plugin.probation.max_failure_ratio, or crashes its worker, is taken back by itself: tidegate status
says so. Pipelines of which more differs drain within their drain_timeout, commit, leave the group and
are made anew; new ones begin, others end. What cannot be made or started runs as before
("rolled_back", and why), the others go on; exit 1. The rest does not notice. A pipeline that has
failed is tried again.
With PIPELINE only its plugin's file is read again, by the configuration that runs. SIGHUP does the
same as without, and answers in the log.
Finds its host like `tidegate status`.

Examples:
  cp orders.so.new plugins/orders.so.tmp && mv plugins/orders.so.tmp plugins/orders.so
  tidegate reload orders -c tidegate.toml
  tidegate reload)";

}  // namespace tidegate::cli
