// SPDX-License-Identifier: Apache-2.0
// The executable: nothing but the way into the library.
#include <cstdlib>
#include <string>
#include <vector>

#include "host/app/cli/commands.hpp"
#include "host/handle/worker/worker_main.hpp"

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (!arguments.empty() && arguments.front() == tidegate::kWorkerCommand)
    return tidegate::run_worker({arguments.begin() + 1, arguments.end()});
  return static_cast<int>(tidegate::cli::run_command_line(std::move(arguments)));
}
