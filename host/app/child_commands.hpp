// SPDX-License-Identifier: Apache-2.0
//
// The hidden subcommands: what this executable does when a host has started it as its child
// (base/child_process.hpp). They are no commands of an operator's, so the command line does not
// know them. Thread rule: [main], before anything that starts threads.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tidegate {

// Runs the child and returns its exit code; empty: these arguments (argv without the program's
// name) are none of a child's. Every executable that starts children begins with it.
[[nodiscard]] std::optional<int> run_as_child(const std::vector<std::string>& arguments);

}  // namespace tidegate
