// SPDX-License-Identifier: Apache-2.0
//
// Deletes dead letters for good, but only those that were counted before it was asked: what is
// written meanwhile stays. Thread rule: [main].
#pragma once

#include <string>

#include "host/app/dlq/reader.hpp"

namespace tidegate::dlq {

// Deletes all messages of the topic below the ends of these ranges. Blocks until the leaders have
// done it. Throws Unreachable, or std::runtime_error with the brokers' reason and the cure.
void delete_up_to_end(ReadClient& client, const std::string& topic, const Ranges& ranges);

}  // namespace tidegate::dlq
