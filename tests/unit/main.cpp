// SPDX-License-Identifier: Apache-2.0
//
// As GoogleTest's own main, but that this executable can be a child of itself, as the host is.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "host/app/child_commands.hpp"
#include "tests/unit/base/test_child.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (const auto code = tidegate::run_as_child(arguments)) return *code;
  if (!arguments.empty() && arguments.front() == tidegate::kTestChild)
    return tidegate::run_test_child({arguments.begin() + 1, arguments.end()});
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
