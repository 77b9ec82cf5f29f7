// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/session.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace tidegate::cli {

ExitCode SessionResult::exit_code() const {
  const bool failed = std::any_of(ledgers.begin(), ledgers.end(), [](const Ledger& ledger) {
    return ledger.state == metrics::PipelineState::failed;
  });
  switch (ending) {
    case Host::Ending::stopped: return ExitCode::ok;
    // A job of several pipelines is done only when each has done its part.
    case Host::Ending::caught_up: return failed ? ExitCode::failed : ExitCode::ok;
    case Host::Ending::none_runs:
    case Host::Ending::stuck: break;
  }
  return ExitCode::failed;
}

SessionResult run_session(Host& host, Signals& signals, RunUntil until, ProgressDisplay& progress) {
  SessionResult result;
  result.ending = host.run(signals, until, [&progress](const auto& pipelines) {
    progress.update(pipelines, system_clock().now());
  });
  progress.clear();
  for (const auto& pipeline : host.snapshot().pipelines)
    result.ledgers.push_back(ledger_of(pipeline));
  return result;
}

void end_stuck() {
  std::cout.flush();
  std::cerr.flush();
  _exit(static_cast<int>(ExitCode::failed));
}

}  // namespace tidegate::cli
