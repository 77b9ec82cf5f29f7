// SPDX-License-Identifier: Apache-2.0
//
// `tidegate plugin validate`: all checks, each in a child process with a time limit, and what came
// of them. Thread rule: [main]; blocks until the last child has ended.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "host/app/workbench/checks.hpp"

namespace tidegate::workbench {

struct CheckResult {
  const Check* check = nullptr;
  enum class Verdict : std::uint8_t { pass, fail } verdict = Verdict::pass;
  std::string detail;  // what it says of itself, or why it failed
  double seconds = 0;
};

// Runs the checks one after the other; each result is also told as soon as it is there.
[[nodiscard]] std::vector<CheckResult> validate_plugin(
    const TrialSetup& setup, const std::vector<const Check*>& checks,
    const std::function<void(const CheckResult&)>& tell);

// The child's side, behind its command (app/child_commands.cpp).
inline constexpr std::string_view kCheckCommand = "child-check";
[[nodiscard]] int run_check_child(std::vector<std::string> arguments);

}  // namespace tidegate::workbench
