// SPDX-License-Identifier: Apache-2.0
//
// What a plugin answered for one message, and the words for it. Thread rule: values, [any].
#pragma once

#include <tidegate/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/outcome.hpp"
#include "host/route/output.hpp"

namespace tidegate::workbench {

struct Answer {
  tidegate_status status = TIDEGATE_OK;
  ErrorKind kind = ErrorKind::none;
  std::uint32_t delay_ms = 0;
  std::string reason;
  Outputs outputs;  // what it sent with its ok
  Duration took{};  // of the call; of a batch, its share
};

// "ok", "false", "fail", "retry_after", "dead_letter", "drop", "pause", "exception"; "emit" where
// the handler said ok and what it sent was refused; "unknown (42)" for what is no answer.
[[nodiscard]] std::string answer_name(const Answer& answer);
[[nodiscard]] bool is_answer_name(std::string_view name);
// All of them, for messages: "ok, false, ...".
[[nodiscard]] std::string answer_names();

}  // namespace tidegate::workbench
