// SPDX-License-Identifier: Apache-2.0
//
// A host run from its start to its closing ledger, as `run` and `demo` share it. Thread rule:
// [main].
#pragma once

#include <vector>

#include "host/app/cli/exit_codes.hpp"
#include "host/app/cli/progress.hpp"
#include "host/app/host.hpp"
#include "host/app/ledger.hpp"

namespace tidegate::cli {

struct SessionResult {
  Host::Ending ending = Host::Ending::stopped;
  std::vector<Ledger> ledgers;  // all from one snapshot
  [[nodiscard]] ExitCode exit_code() const;
};

// Runs the host with a line of progress where asked for. Where the result says stuck, the caller
// ends the process by end_stuck once it has shown the ledgers.
[[nodiscard]] SessionResult run_session(Host& host, Signals& signals, RunUntil until,
                                        ProgressDisplay& progress);

// Handler calls that do not return cannot be joined, so nothing is destroyed any more (DESIGN §3).
[[noreturn]] void end_stuck();

}  // namespace tidegate::cli
