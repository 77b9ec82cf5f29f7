// SPDX-License-Identifier: Apache-2.0
//
// What this very library does wrong, whatever it is asked: a test writes it into a copy of the file
// (README.md), so that there are better and worse versions to swap. Thread rule: a value; habit()
// is pure.
#pragma once

#include <cstdint>

namespace ledger {

struct Habit {
  enum class Vice : std::uint8_t { none, fail, abort } vice = Vice::none;
  // So many attempts of an instance; with none a number that its lines carry.
  std::uint32_t every = 0;

  [[nodiscard]] bool has_its_turn(std::uint64_t attempt) const {
    return vice != Vice::none && attempt % every == 0;
  }
};

// As it stands in the file. Throws std::invalid_argument where it makes no sense.
Habit habit();

}  // namespace ledger
