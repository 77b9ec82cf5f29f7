// SPDX-License-Identifier: Apache-2.0
// As benchmark_main, but also what a host's executable is for its worker processes.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "host/app/child_commands.hpp"
#include "host/base/log.hpp"

int main(int argc, char** argv) {
  if (const auto code = tidegate::run_as_child({argv + (argc > 0 ? 1 : 0), argv + argc}))
    return *code;
  tidegate::log::configure(tidegate::log::Level::error, tidegate::log::Format::text);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
