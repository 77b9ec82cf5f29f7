// SPDX-License-Identifier: Apache-2.0
//
// An invariant of ours, checked in every build. A broken one ends the process loudly: a restart is
// safe because commits are (DESIGN §2), going on with wrong books is not. Thread rule: [any].
#pragma once

#include <cstdio>
#include <cstdlib>

#define TIDEGATE_CHECK(condition, rule)                                                          \
  do {                                                                                           \
    if (!(condition)) [[unlikely]] {                                                             \
      std::fprintf(stderr, "tidegate: broken invariant at %s:%d: %s (%s)\n", __FILE__, __LINE__, \
                   rule, #condition);                                                            \
      std::abort();                                                                              \
    }                                                                                            \
  } while (false)
