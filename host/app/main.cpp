// SPDX-License-Identifier: Apache-2.0
// The executable: nothing but the way into the library.
#include <cstdlib>
#include <string>
#include <vector>

#include "host/app/cli/commands.hpp"

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return static_cast<int>(tidegate::cli::run_command_line(std::move(arguments)));
}
