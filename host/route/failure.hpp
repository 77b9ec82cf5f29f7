// SPDX-License-Identifier: Apache-2.0
//
// One failed attempt, as the slot saw it. Thread rule: a value; made on [slot], read on [poll].
#pragma once

#include <tidegate/plugin.h>

#include <cstdint>
#include <string>

#include "host/base/outcome.hpp"

namespace tidegate {

struct Failure {
  std::uint32_t index = 0;  // of the message in its chunk
  tidegate_status status = TIDEGATE_FALSE;
  ErrorKind kind = ErrorKind::returned_false;
  std::uint32_t delay_ms = 0;  // asked for by retry_after and pause
  std::string reason;  // UTF-8 as the plugin wrote it, cut to the host's buffer; may be empty
};

// The kind of failure that a status stands for. An unknown status is a failure too.
constexpr ErrorKind kind_of(tidegate_status status) {
  switch (status) {
    case TIDEGATE_OK: return ErrorKind::none;
    case TIDEGATE_FALSE: return ErrorKind::returned_false;
    case TIDEGATE_EXCEPTION: return ErrorKind::exception;
    default: return ErrorKind::status;
  }
}

}  // namespace tidegate
