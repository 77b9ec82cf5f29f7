// SPDX-License-Identifier: Apache-2.0
#include "host/base/sabotage.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace tidegate {
namespace {

constexpr std::array<std::string_view, 6> kNames = {
    "commit_on_poll",       "commit_highest_finished", "commit_after_revoke",
    "finish_before_report", "drop_on_full_queue",      "forget_paused"};

// A name that nobody knows would be an honest host on trial for a broken one.
std::size_t chosen() {
  const char* const name = std::getenv("TIDEGATE_SABOTAGE");
  for (std::size_t i = 0; name != nullptr && i < kNames.size(); ++i) {
    if (kNames.at(i) == name) return i;
  }
  std::fputs("tidegate_broken: TIDEGATE_SABOTAGE names no sabotage\n", stderr);
  std::abort();
}

}  // namespace

bool sabotaged(Sabotage which) {
  static const std::size_t kChosen = chosen();
  return static_cast<std::size_t>(which) == kChosen;
}

}  // namespace tidegate
