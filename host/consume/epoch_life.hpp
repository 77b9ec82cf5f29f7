// SPDX-License-Identifier: Apache-2.0
//
// The beginning and the end of an epoch. At the end what is queued leaves memory unfinished, and
// what still runs is disowned. Thread rule: [poll] of the owning consumer.
#pragma once

#include <string>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

// Begins an epoch of this partition, its start not known yet; an earlier one that was not given up
// is lost to it. earlier: what an earlier owner finished above the start.
PartitionEpochPtr begin_epoch(ConsumerState& state, const std::string& topic, Partition partition,
                              Position start, const FinishedRanges& earlier = {});

// From here on what the client fetches of this partition comes into a queue of its own, and not
// into the common one.
void open_queue(ConsumerState& state, PartitionEpoch& epoch);

// No handler call of this partition starts any more: queued messages are given back at once, but
// for those that at_most_once has committed, which may still start until the drain deadline.
// Returns how many messages are begun and not back.
std::uint64_t stop_starting(ConsumerState& state, PartitionEpoch& epoch);

// Messages of it that are in flight leave memory unfinished: they are given back, or lost where
// they were committed before they were handled.
void leave_unfinished(const ConsumerState& state, PartitionEpoch& epoch, std::uint64_t messages);

// The two ends of an epoch, nothing where it is over already: given up after its drain, or lost at
// once. Whatever is left is given back, or counts as lost where it was committed before it was
// handled. Late results are discarded from here on. The partition leaves the table.
void give_up_epoch(ConsumerState& state, PartitionEpoch& epoch);
void lose_epoch(ConsumerState& state, PartitionEpoch& epoch);

}  // namespace tidegate
