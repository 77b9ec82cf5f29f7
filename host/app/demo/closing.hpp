// SPDX-License-Identifier: Apache-2.0
//
// The demo's last word: does every message that was produced turn up in the ledger, exactly once?
// Thread rule: pure, [any].
#pragma once

#include <cstdint>
#include <string>

#include "host/app/host.hpp"
#include "host/app/ledger.hpp"

namespace tidegate::demo {

struct Closing {
  bool good = false;
  std::string text;  // the equation, and what is wrong with it where something is
};

[[nodiscard]] Closing close_books(std::uint64_t produced, const Ledger& ledger,
                                  Host::Ending ending);

// What became of those that failed in every attempt; empty where there are none.
[[nodiscard]] std::string about_dead_letters(const Ledger& ledger, const std::string& topic);
// How to look at them and handle them again, to be typed as it stands. A mock cluster can neither
// create topics nor delete messages nor tell a topic's retention, so this is what works there, too.
// program: to be run.
[[nodiscard]] std::string dead_letter_commands(const std::string& program,
                                               const std::string& bootstrap_servers,
                                               const std::string& topic);

}  // namespace tidegate::demo
