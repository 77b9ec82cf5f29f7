// SPDX-License-Identifier: Apache-2.0
//
// A handler's answer. `true` and `false` are answers; the named ones say more. An answer without
// reason costs no allocation. Thread rule: a value.
#pragma once

#include <tidegate/plugin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tidegate {

class Result {
 public:
  // Exactly bool: a pointer or a number that turned into `true` would finish a message by accident.
  template <class Bool, std::enable_if_t<std::is_same_v<Bool, bool>, int> = 0>
  // NOLINTNEXTLINE(google-explicit-constructor): `return true;` is the point.
  Result(Bool handled) noexcept : status_(handled ? TIDEGATE_OK : TIDEGATE_FALSE) {}

  static Result ok() noexcept { return Result(TIDEGATE_OK, 0, {}); }
  // Failed; the pipeline's retry policy decides what follows.
  static Result fail(std::string_view reason) { return Result(TIDEGATE_FAIL, 0, reason); }
  // Failed; not again before the delay is over.
  static Result retry_after(std::uint32_t delay_ms, std::string_view reason) {
    return Result(TIDEGATE_RETRY_AFTER, delay_ms, reason);
  }
  // Failed for good: no retry.
  static Result dead_letter(std::string_view reason) {
    return Result(TIDEGATE_DEAD_LETTER, 0, reason);
  }
  // Knowingly skipped: finished, and counted as dropped.
  static Result drop(std::string_view reason) { return Result(TIDEGATE_DROP, 0, reason); }
  // Not this message's fault: its partition waits for the delay, and no attempt is charged.
  static Result pause(std::uint32_t delay_ms, std::string_view reason) {
    return Result(TIDEGATE_PAUSE, delay_ms, reason);
  }

  tidegate_status status() const noexcept { return status_; }
  std::uint32_t delay_ms() const noexcept { return delay_ms_; }
  std::string_view reason() const noexcept { return reason_ ? *reason_ : std::string_view(); }

 private:
  Result(tidegate_status status, std::uint32_t delay_ms, std::string_view reason)
      : status_(status), delay_ms_(delay_ms) {
    if (!reason.empty()) reason_ = std::make_unique<std::string>(reason);
  }

  tidegate_status status_;
  std::uint32_t delay_ms_ = 0;
  std::unique_ptr<std::string> reason_;  // a pointer, so that the usual answer stays two registers
};

namespace detail {

// Copies text into the host's buffer, cut to its size at a UTF-8 boundary.
inline void write_reason(tidegate_result* result, std::string_view text) noexcept {
  std::size_t size = std::min<std::size_t>(text.size(), result->reason_capacity);
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  if (size < text.size()) {
    while (size > 0 && continues(size)) --size;
  }
  if (size > 0) std::memcpy(result->reason, text.data(), size);
  result->reason_size = static_cast<std::uint32_t>(size);
}

[[gnu::cold, gnu::noinline]] inline void write_details(tidegate_result* result,
                                                       const Result& answer) noexcept {
  result->delay_ms = answer.delay_ms();
  write_reason(result, answer.reason());
}

// The status of an answer; its details are copied only where it has some.
inline tidegate_status to_status(bool handled, tidegate_result* /*result*/) noexcept {
  return handled ? TIDEGATE_OK : TIDEGATE_FALSE;
}
inline tidegate_status to_status(const Result& answer, tidegate_result* result) noexcept {
  if (answer.status() > TIDEGATE_FALSE) write_details(result, answer);
  return answer.status();
}

}  // namespace detail
}  // namespace tidegate
