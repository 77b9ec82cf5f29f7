// SPDX-License-Identifier: Apache-2.0
//
// The topics of a group called "orders", for tests. Thread rule: constants.
#pragma once

#include "host/route/topic_configs.hpp"

namespace tidegate {

inline const OwnTopic kRetry{"orders.retry.1s", OwnTopic::Kind::retry};
inline const OwnTopic kDeadLetter{"orders.dlq", OwnTopic::Kind::dead_letter};

}  // namespace tidegate
