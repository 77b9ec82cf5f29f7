// SPDX-License-Identifier: Apache-2.0
// The executable: nothing but the ways into the library.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "host/app/child_commands.hpp"
#include "host/app/cli/commands.hpp"
#include "host/base/kafka/handles.hpp"

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (const auto code = tidegate::run_as_child(arguments)) return *code;
  const auto code = static_cast<int>(tidegate::cli::run_command_line(std::move(arguments)));
  if (tidegate::kafka::client_left_behind) {
    std::cout.flush();
    std::fflush(nullptr);
    std::_Exit(code);
  }
  return code;
}
