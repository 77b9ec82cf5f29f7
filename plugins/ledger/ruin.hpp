// SPDX-License-Identifier: Apache-2.0
//
// Ways in which a plugin ruins its process, for tests of isolation = "process". Thread rule: pure
// functions, but for what they do.
#pragma once

#include <string_view>

namespace ledger {

// Does what the word says and usually does not return; false: it is none of README.md.
bool ruin(std::string_view word);

}  // namespace ledger
