// SPDX-License-Identifier: Apache-2.0
//
// What a child process sees of our environment (ChildSpec::environment, ChildSpec::user). Thread
// rule: while no thread changes the environment, as getenv.
#pragma once

#include <string>
#include <vector>

#include "host/base/child_process.hpp"

namespace tidegate {

// "NAME=value" each.
[[nodiscard]] std::vector<std::string> environment_of(const ChildSpec& spec);

}  // namespace tidegate
