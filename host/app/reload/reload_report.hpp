// SPDX-License-Identifier: Apache-2.0
//
// What a reload came to, as the admin server answers it. Thread rule: values, [any].
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/app/admin/routes.hpp"
#include "host/app/reload/changeover.hpp"
#include "host/handle/swap/reload_result.hpp"

namespace tidegate {

struct ReloadReport {
  // Why the configuration was not taken, for people, a finding or a cure each; then nothing has
  // changed. Empty: it was.
  std::vector<std::string> rejected{};
  // Of those that went on, what became of their plugins.
  std::vector<std::pair<std::string, ReloadResult>> pipelines{};
  // Those that were made anew, came or went.
  std::vector<ChangedPipeline> changed{};
  // Those that had failed or were stopping.
  std::vector<std::string> not_running{};
};

// What is not as it was asked for, a line each; empty: everything is.
[[nodiscard]] std::string problems_of(const ReloadReport& report);

// 200 with facts as JSON where everything is as it was asked for; else 422 (409 where a pipeline
// does not run) with a text for people that names every pipeline: it stands where `tidegate reload`
// prints it.
[[nodiscard]] AdminAnswer answer_of(const ReloadReport& report);

}  // namespace tidegate
