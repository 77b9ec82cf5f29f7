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

}  // namespace tidegate::demo
