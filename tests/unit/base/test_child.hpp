// SPDX-License-Identifier: Apache-2.0
//
// What the child of a test of child processes does: the second argument says it.
#pragma once

#include <string>
#include <vector>

namespace tidegate {

inline constexpr const char* kTestChild = "test-child";

// arguments: behind the command.
[[nodiscard]] int run_test_child(std::vector<std::string> arguments);

}  // namespace tidegate
