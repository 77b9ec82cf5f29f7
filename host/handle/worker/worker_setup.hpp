// SPDX-License-Identifier: Apache-2.0
//
// What a worker process has to know before its first message. It goes through the shared memory,
// not through arguments or the environment, which others can read: a plugin's configuration may
// hold secrets. Thread rule: a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/child_user.hpp"
#include "host/handle/slot.hpp"

namespace tidegate {

// Of what is handed over to the worker, behind memory and log socket: the folder of the copy.
inline constexpr int kCopyFolder = 2;

struct WorkerSetup {
  std::string pipeline;
  std::string library;  // the private copy
  std::string sha256;   // of it
  std::string config_json;
  std::uint32_t slots = 1;
  CallPolicy policy;
  std::int32_t log_level = 0;      // a log::Level
  std::uint64_t memory_bytes = 0;  // 0: no limit
  std::uint64_t cpu_seconds = 0;   // 0: no limit
  bool core_dumps = false;
  std::optional<ChildUser> user;  // for the start of the process, which is that one then
};

// As the worker is to have it: with the way on which it finds the copy.
[[nodiscard]] std::string to_json(const WorkerSetup& setup);
// REQUIRES: to_json made it.
[[nodiscard]] WorkerSetup worker_setup(std::string_view json);

}  // namespace tidegate
