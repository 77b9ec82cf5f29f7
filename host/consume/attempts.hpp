// SPDX-License-Identifier: Apache-2.0
//
// What a message has behind it: where it came from, how often it was attempted, since when it
// fails. It travels in the headers of copies, and with a message that waits where it is for its
// next attempt. Thread rule: [poll] of the owning consumer.
#pragma once

#include "host/consume/consumer_state.hpp"

namespace tidegate {

// Of a message of this epoch that has just failed; its first failure is now unless it is known.
[[nodiscard]] kafka::Origin origin_of(const ConsumerState& state, const PartitionEpoch& epoch,
                                      const Item& item);
// A message ends without success, as a dead letter or dropped: notes since when it failed, where it
// had failed before.
void observe_failure(ConsumerState& state, const kafka::HeldMessage& message);
// A message waits where it is for its next attempt: it becomes a copy, which pins no fetch buffer,
// and knows its attempts. Counts the retry.
void remember_attempt(ConsumerState& state, Item& item, const Route& route);
// The same after the worker has died with it in flight: it costs no retry, and the next attempt
// knows. plugin: the version that crashed.
void remember_crash(ConsumerState& state, PartitionEpoch& epoch, Item& item, std::uint32_t crashes,
                    std::uint32_t plugin);
// A message has crashed this version of the plugin: what it did to earlier ones does not count.
void forget_crashes_of_others(Item& item, std::uint32_t plugin);

}  // namespace tidegate
