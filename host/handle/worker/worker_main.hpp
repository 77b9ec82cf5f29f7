// SPDX-License-Identifier: Apache-2.0
//
// The worker process: loads the plugin, makes its instances, runs its slots until the host says
// stop or is gone. It has the shared memory and a socket for log lines, and nothing else of the
// host. Thread rule: [main] of a process of its own.
#pragma once

#include <string>
#include <vector>

namespace tidegate {

// The hidden subcommand by which the host starts its own executable as a worker.
inline constexpr const char* kWorkerCommand = "child-worker";
// Its argument where a crash may leave a core file.
inline constexpr const char* kCoreDumps = "core-dumps";

// Returns the exit code. arguments: behind the command.
int run_worker(std::vector<std::string> arguments);

}  // namespace tidegate
