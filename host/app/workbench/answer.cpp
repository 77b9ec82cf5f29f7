// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/answer.hpp"

#include <algorithm>
#include <array>

namespace tidegate::workbench {
namespace {

// By status; what is sent with an ok and refused is the host's own verdict.
constexpr std::array<std::string_view, 9> kNames = {
    "ok", "false", "fail", "retry_after", "dead_letter", "drop", "pause", "exception", "emit"};
constexpr std::size_t kEmit = kNames.size() - 1;

}  // namespace

std::string answer_name(const Answer& answer) {
  if (answer.kind == ErrorKind::emit) return std::string(kNames[kEmit]);
  const auto status = static_cast<std::size_t>(answer.status);
  if (answer.status < 0 || status >= kEmit)
    return "unknown (" + std::to_string(answer.status) + ")";
  return std::string(kNames[status]);
}

bool is_answer_name(std::string_view name) {
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::string answer_names() {
  std::string text;
  for (const std::string_view name : kNames) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

}  // namespace tidegate::workbench
