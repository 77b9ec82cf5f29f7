// SPDX-License-Identifier: Apache-2.0
//
// What an attempt led to and why it failed: the one vocabulary of metrics, logs and headers
// (DESIGN §1 and §5). Thread rule: values, [any].
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidegate {

// How a message ended. `lost`: at_most_once only, committed and never handled.
enum class Outcome : std::uint8_t { ok, retry, dead_letter, drop, lost };
inline constexpr std::size_t kOutcomeCount = 5;
inline constexpr std::array<std::string_view, kOutcomeCount> kOutcomeNames = {
    "ok", "retry", "dead_letter", "drop", "lost"};

// Why a message failed; `none`: it did not. The first ones are ways in which a handler call fails;
// `emit`: what it sent was refused; `rejected`: the brokers refused the message's copy.
enum class ErrorKind : std::uint8_t {
  none,
  returned_false,
  status,
  exception,
  timeout,
  crash,
  emit,
  rejected,
};
inline constexpr std::size_t kErrorKindCount = 8;
inline constexpr std::size_t kCallKindCount = 7;  // those of a handler call
inline constexpr std::array<std::string_view, kErrorKindCount> kErrorKindNames = {
    "none", "returned_false", "status", "exception", "timeout", "crash", "emit", "rejected"};

// Why a message left memory unfinished.
enum class GivenBack : std::uint8_t { revoked, released };
inline constexpr std::size_t kGivenBackCount = 2;
inline constexpr std::array<std::string_view, kGivenBackCount> kGivenBackNames = {"revoked",
                                                                                  "released"};

// Whether it ended the process that made the call (isolation = "process").
constexpr bool is_crash(ErrorKind kind) {
  return kind == ErrorKind::crash || kind == ErrorKind::timeout;
}

constexpr std::string_view name(Outcome o) { return kOutcomeNames[static_cast<std::size_t>(o)]; }
constexpr std::string_view name(ErrorKind k) {
  return kErrorKindNames[static_cast<std::size_t>(k)];
}
constexpr std::string_view name(GivenBack g) {
  return kGivenBackNames[static_cast<std::size_t>(g)];
}

}  // namespace tidegate
