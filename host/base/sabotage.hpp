// SPDX-License-Identifier: Apache-2.0
//
// Faults on purpose, for judging the judge: tests/chaos must convict a host that has one of them.
// They exist only in the executable `tidegate_broken` (tests/chaos/CMakeLists.txt), which compiles
// the few files that ask a second time; everywhere else the answer is a constant, and the compiler
// removes what hangs on it. Thread rule: [any].
#pragma once

#include <cstdint>

namespace tidegate {

enum class Sabotage : std::uint8_t {
  commit_on_poll,           // what was read is committed, handled or not
  commit_highest_finished,  // the position passes unfinished messages below a finished one
  commit_after_revoke,      // a revocation is forgotten: not drained, committed when it suits
  finish_before_report,     // a copy counts as written before the brokers acknowledged it
  drop_on_full_queue,       // what is read beyond half of the bound is thrown away
  forget_paused,            // a partition that was paused is never resumed
};

#ifdef TIDEGATE_SABOTAGE
// Whether the environment variable TIDEGATE_SABOTAGE is its name.
[[nodiscard]] bool sabotaged(Sabotage which);
#else
[[nodiscard]] constexpr bool sabotaged(Sabotage /*which*/) { return false; }
#endif

}  // namespace tidegate
