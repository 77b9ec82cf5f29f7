// SPDX-License-Identifier: Apache-2.0
//
// What the kernel knows about this process. Thread rule: [any]; reads a few files of /proc.
#pragma once

#include <cstdint>
#include <optional>

namespace tidegate::metrics {

// A fact that could not be read is empty: it is then left out, never shown as 0.
struct ProcessFacts {
  std::optional<double> start_unix_seconds;
  std::optional<double> cpu_seconds;  // user and system
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> open_fds;
  std::optional<std::uint64_t> max_fds;
  std::optional<std::uint64_t> threads;
};

[[nodiscard]] ProcessFacts read_process_facts();

}  // namespace tidegate::metrics
