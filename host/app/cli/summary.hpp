// SPDX-License-Identifier: Apache-2.0
//
// The closing ledger as `run` and `demo` show it: as a block for people, or as one log line a
// pipeline. Thread rule: [main].
#pragma once

#include <string>
#include <vector>

#include "host/app/ledger.hpp"

namespace tidegate::cli {

// One block a pipeline; ends with "adds up", or with how many messages are not accounted for.
[[nodiscard]] std::string summary_text(const std::vector<Ledger>& ledgers);
// One line of event "summary" a pipeline; at ERROR where it does not add up.
void log_summary(const std::vector<Ledger>& ledgers);

}  // namespace tidegate::cli
