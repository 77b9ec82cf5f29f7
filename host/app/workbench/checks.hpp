// SPDX-License-Identifier: Apache-2.0
//
// The checks of `tidegate plugin validate`. Each runs alone in a child process, so that a crash or
// a hang is the finding of one check and not the end of all. Thread rule: constants; a check runs
// on its child's [main].
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "host/app/workbench/trial.hpp"

namespace tidegate::workbench {

struct Check {
  std::string_view name;
  std::string_view what;  // it tries: for people
  // Returns what there is to say of a plugin that passed. Throws CheckFailed, or PluginRefused
  // where no instance can be made.
  std::string (*run)(Trial& trial);
};

[[nodiscard]] std::span<const Check> all_checks();
// Null where there is none of that name.
[[nodiscard]] const Check* find_check(std::string_view name);

}  // namespace tidegate::workbench
