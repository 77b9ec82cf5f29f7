// SPDX-License-Identifier: Apache-2.0
#include "plugins/ledger/fate.hpp"

#include <charconv>
#include <optional>
#include <stdexcept>
#include <string>

#include "plugins/ledger/ruin.hpp"

namespace ledger {
namespace {

constexpr std::string_view kReason = "ledger: this message was to fail";

[[noreturn]] void refuse(std::string_view instruction) {
  throw std::invalid_argument("ledger: this is no header of README.md: " +
                              std::string(instruction));
}

// What follows the colon; empty where there is none.
std::optional<std::uint32_t> number_of(std::string_view instruction, std::size_t colon) {
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint32_t number = 0;
  const char* const end = instruction.data() + instruction.size();
  const auto [stop, error] = std::from_chars(instruction.data() + colon + 1, end, number);
  if (error != std::errc() || stop != end) refuse(instruction);
  return number;
}

}  // namespace

std::string_view word(Verb verb) noexcept {
  switch (verb) {
    case Verb::ok: return "ok";
    case Verb::status: return "status";
    case Verb::returned_false: return "false";
    case Verb::exception: return "throw";
    case Verb::dead_letter: return "dead_letter";
    case Verb::drop: return "drop";
    case Verb::retry_after: return "retry_after";
  }
  return "?";
}

Verb way_to_fail(std::string_view name) {
  for (const Verb verb : {Verb::status, Verb::returned_false, Verb::exception}) {
    if (name == word(verb)) return verb;
  }
  throw std::invalid_argument(R"("status", "false" or "throw" is needed)");
}

Fate obey(std::string_view instruction, std::uint32_t attempt, Verb fail_with) {
  const std::size_t colon = instruction.find(':');
  const std::string_view name = instruction.substr(0, colon);
  const std::optional<std::uint32_t> number = number_of(instruction, colon);
  if (name == word(Verb::retry_after)) {
    if (!number) refuse(instruction);
    return attempt == 1 ? Fate{Verb::retry_after, *number} : Fate{};
  }
  const bool over = number && attempt > *number;
  if (name == "fail") return over ? Fate{} : Fate{fail_with, 0};
  for (const Verb verb : {Verb::ok, Verb::status, Verb::returned_false, Verb::exception,
                          Verb::dead_letter, Verb::drop}) {
    if (name == word(verb)) return over ? Fate{} : Fate{verb, 0};
  }
  if (over || ruin(name)) return {};
  refuse(instruction);
}

tidegate::Result answer(const Fate& fate) {
  std::string reason(kReason);
  if (!fate.attempt.empty()) reason += ": " + fate.attempt;
  switch (fate.verb) {
    case Verb::ok: return true;
    case Verb::status: return tidegate::Result::fail(reason);
    case Verb::returned_false: return false;
    case Verb::exception: throw std::runtime_error(reason);
    case Verb::dead_letter: return tidegate::Result::dead_letter(reason);
    case Verb::drop: return tidegate::Result::drop(reason);
    case Verb::retry_after: return tidegate::Result::retry_after(fate.delay_ms, reason);
  }
  return false;
}

}  // namespace ledger
