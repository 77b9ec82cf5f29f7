// SPDX-License-Identifier: Apache-2.0
//
// What the process says with its exit code (DESIGN §9); 64 to 78 are those of sysexits.h.
// Thread rule: constants.
#pragma once

#include <cstdint>

namespace tidegate::cli {

enum class ExitCode : std::uint8_t {
  ok = 0,
  failed = 1,
  usage = 64,
  unavailable = 69,  // brokers not reached, by a command that does not wait for them
  refused = 78,      // a configuration or a plugin
};

}  // namespace tidegate::cli
