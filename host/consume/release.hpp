// SPDX-License-Identifier: Apache-2.0
//
// What happens to the books, the tracker and the memory when messages of parked lanes are released,
// and when a pass reads them again (released_lanes.hpp has the rule, passes.hpp the client).
// Thread rule: [poll] of the owning consumer.
#pragma once

#include <vector>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

// From one pass of a partition to the next.
inline constexpr Duration kBetweenPasses = std::chrono::seconds(1);

// Releases what stands behind the parked messages of a partition, but for the first `keep` of each
// lane. Returns how many messages.
std::uint64_t release_behind_parked(ConsumerState& state, PartitionEpoch& epoch,
                                    std::uint64_t keep);
// Of messages that were just read and entered in the books, releases those whose lane is released.
void release_with_their_lane(ConsumerState& state, PartitionEpoch& epoch, std::vector<Item>& items);

// A pass is to read a partition from here on.
void begin_pass(PartitionEpoch& epoch, Offset begin);
// The partition is paused: when it goes on, the client may have forgotten a seek of which nothing
// was read yet.
void pause_interrupts_pass(PartitionEpoch& epoch);
// A pass meets a message. Whether it comes back: it has to be entered in the books again.
// REQUIRES: a pass is under way, and the message is below its end.
[[nodiscard]] bool take_in_pass(ConsumerState& state, PartitionEpoch& epoch, const Item& item);
// Reading has come to the pass's end, or past it.
void end_pass(ConsumerState& state, PartitionEpoch& epoch);

// The log begins here, so what is released below will never come back: it counts as lost.
void lose_released_below(ConsumerState& state, PartitionEpoch& epoch, Position log_start);
// The epoch ends.
void forget_released(ConsumerState& state, PartitionEpoch& epoch);

}  // namespace tidegate
