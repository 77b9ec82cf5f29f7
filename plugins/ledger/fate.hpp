// SPDX-License-Identifier: Apache-2.0
//
// What is to become of an attempt, as the message's own header `ledger` asks (README.md), so that a
// test knows beforehand which messages fail, how, and in which attempts. Thread rule: values and
// pure functions.
#pragma once

#include <tidegate/plugin.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace ledger {

enum class Verb : std::uint8_t {
  ok,
  status,
  returned_false,
  exception,
  dead_letter,
  drop,
  retry_after
};

struct Fate {
  Verb verb = Verb::ok;
  std::uint32_t delay_ms = 0;  // of retry_after
  std::string attempt = {};    // empty, or which one this is: then the reason says it
};

// The word for a verb in the file of attempts, in the header and in `fail_with`.
std::string_view word(Verb verb) noexcept;

// The way to fail that `fail_with` names. Throws std::invalid_argument for any other word.
Verb way_to_fail(std::string_view word);

// What `instruction` makes of this attempt; `fail` is done in the way `fail_with`. Throws
// std::invalid_argument when it is not one of those in README.md.
Fate obey(std::string_view instruction, std::uint32_t attempt, Verb fail_with);

// The answer; throws where the fate is an exception.
tidegate::Result answer(const Fate& fate);

}  // namespace ledger
