// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "host/app/cli/numbers.hpp"
#include "host/app/ledger.hpp"
#include "host/base/log.hpp"

namespace tidegate::cli {
namespace {

using metrics::PipelineSnapshot;
using metrics::PipelineState;

struct Totals {
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;
  std::uint64_t in_flight = 0;
  std::optional<std::int64_t> lag;
  std::size_t running = 0;
  bool brokers_seen = false;
  bool has_assignment = false;
};

Totals total(const std::vector<PipelineSnapshot>& pipelines) {
  Totals totals;
  for (const PipelineSnapshot& pipeline : pipelines) {
    const Ledger ledger = ledger_of(pipeline);
    const std::uint64_t failed =
        ledger.retried + ledger.dead_lettered + ledger.dropped + ledger.lost;
    totals.finished += ledger.ok + failed;
    totals.failed += failed;
    totals.in_flight += ledger.in_flight;
    totals.running += pipeline.state == PipelineState::running ? 1 : 0;
    totals.brokers_seen = totals.brokers_seen || pipeline.totals.brokers_connected > 0;
    totals.has_assignment = totals.has_assignment || pipeline.totals.has_assignment;
    for (const metrics::TopicSnapshot& topic : pipeline.totals.topics) {
      if (topic.lag_messages) totals.lag = totals.lag.value_or(0) + *topic.lag_messages;
    }
  }
  return totals;
}

std::string waiting_for(const Totals& totals) {
  if (totals.finished > 0 || totals.in_flight > 0 || totals.has_assignment) return "";
  return totals.brokers_seen ? "  (waiting for an assignment)" : "  (waiting for the brokers)";
}

std::size_t terminal_columns() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

std::string Progress::line(const std::vector<PipelineSnapshot>& pipelines, MonotonicTime now) {
  const Totals totals = total(pipelines);
  double rate = 0;
  if (now > last_time_ && totals.finished > last_finished_) {
    const std::chrono::duration<double> seconds = now - last_time_;
    rate = static_cast<double>(totals.finished - last_finished_) / seconds.count();
  }
  last_time_ = now;
  last_finished_ = totals.finished;
  std::string text = grouped(static_cast<std::int64_t>(std::llround(rate))) + " messages/s  lag " +
                     (totals.lag ? grouped(*totals.lag) : "unknown") + "  failed " +
                     grouped(totals.failed) + "  in flight " + grouped(totals.in_flight);
  if (pipelines.size() > 1) {
    text += "  " + std::to_string(totals.running) + " of " + std::to_string(pipelines.size()) +
            " pipelines running";
  }
  return text + waiting_for(totals);
}

ProgressDisplay::ProgressDisplay(Show show, Duration every)
    : shown_(show == Show::on_terminal && isatty(STDERR_FILENO) != 0),
      every_(every),
      progress_(system_clock().now()),
      last_update_(system_clock().now()) {}

ProgressDisplay::~ProgressDisplay() { clear(); }

void ProgressDisplay::clear() {
  if (shown_) log::set_status("");
}

void ProgressDisplay::update(const std::vector<PipelineSnapshot>& pipelines, MonotonicTime now) {
  if (!shown_ || now - last_update_ < every_) return;
  last_update_ = now;
  // One column stays free: a full line would wrap at once on some terminals.
  log::set_status(fit(progress_.line(pipelines, now), terminal_columns() - 1));
}

std::string fit(std::string_view line, std::size_t columns) {
  return std::string(line.substr(0, columns));
}

}  // namespace tidegate::cli
