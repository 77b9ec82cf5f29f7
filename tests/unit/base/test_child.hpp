// SPDX-License-Identifier: Apache-2.0
//
// What the child of a test of child processes does: the second argument says it.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace tidegate {

inline constexpr const char* kTestChild = "test-child";

// arguments: behind the command.
[[nodiscard]] int run_test_child(std::vector<std::string> arguments);

// Whether a process that need be no child of ours has ended; waits for it.
[[nodiscard]] bool has_ended(pid_t pid);

}  // namespace tidegate
