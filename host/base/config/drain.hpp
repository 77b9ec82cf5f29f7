// SPDX-License-Identifier: Apache-2.0
//
// How long giving partitions up may take in all: the group waits for it, and the consumer does not
// poll meanwhile. Thread rule: constants, [any].
#pragma once

#include "host/base/config/model.hpp"

namespace tidegate::config {

// Beyond drain_timeout: an answer to the last commit is worth waiting for even when draining used
// up the time, because without it everything since the commit before is handled again.
inline constexpr Milliseconds kForTheLastCommit{5000};

}  // namespace tidegate::config
