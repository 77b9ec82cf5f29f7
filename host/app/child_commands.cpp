// SPDX-License-Identifier: Apache-2.0
#include "host/app/child_commands.hpp"

#include <array>
#include <exception>
#include <iostream>
#include <string_view>

#include "host/app/workbench/validation.hpp"
#include "host/handle/plugin/probe.hpp"
#include "host/handle/worker/worker_main.hpp"

namespace tidegate {
namespace {

// What the child was handed over is not what a host hands over, or the system lacks something.
constexpr int kFailed = 1;

struct ChildCommand {
  std::string_view name;
  int (*run)(std::vector<std::string> arguments);  // behind the name; begins with become_child
};

constexpr std::array<ChildCommand, 3> kCommands = {
    {{kWorkerCommand, run_worker},
     {kProbeCommand, run_probe_child},
     {workbench::kCheckCommand, workbench::run_check_child}}};

}  // namespace

std::optional<int> run_as_child(const std::vector<std::string>& arguments) {
  for (const ChildCommand& command : kCommands) {
    if (arguments.empty() || arguments.front() != command.name) continue;
    try {
      return command.run({arguments.begin() + 1, arguments.end()});
    } catch (const std::exception& error) {
      std::cerr << "tidegate " << command.name << ": " << error.what() << std::endl;
      return kFailed;
    }
  }
  return std::nullopt;
}

}  // namespace tidegate
