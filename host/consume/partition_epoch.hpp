// SPDX-License-Identifier: Apache-2.0
//
// One partition during one ownership period: what was read of it, what is unfinished, what is
// committed. When the period ends its epoch ends with it, and whatever comes back later is
// discarded (invariant 3). Thread rule: [poll] of the owning consumer; slots see only the
// PartitionSource part.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "host/consume/books.hpp"
#include "host/consume/memory_meter.hpp"
#include "host/consume/ownership.hpp"
#include "host/consume/released_lanes.hpp"
#include "host/dispatch/partition_lanes.hpp"
#include "host/track/crash_counts.hpp"
#include "host/track/offset_tracker.hpp"
#include "host/track/read_out.hpp"

namespace tidegate {

// What is known of a resume map that was committed.
struct CommittedMap {
  std::uint64_t finished_ever = 0;     // of the tracker, when the map was made
  std::uint64_t messages = 0;          // finished in this epoch that it tells
  std::uint64_t possible_repeats = 0;  // and those that found no room
  std::uint64_t crash_changes = 0;     // of the crash counts, when they were written
};

struct PartitionEpoch final : PartitionLanes {
  // earlier: what an earlier owner finished above the start.
  PartitionEpoch(config::Ordering ordering, Position start, TopicAccount& account_of_topic,
                 const FinishedRanges& earlier = {})
      : PartitionLanes(ordering),
        tracker(start, earlier),
        account(account_of_topic),
        committed(start) {}

  Ownership ownership;
  TopicId topic_id;      // of the topic it was begun in; maybe not known yet
  kafka::Queue fetched;  // what the client has fetched of it, to be read when there is room
  bool wakes = false;    // what arrives there wakes the poll thread
  OffsetTracker tracker;
  TopicAccount& account;
  Position committed;            // what the brokers hold, as far as we know
  CommittedMap committed_map;    // and with it (resume_maps.hpp)
  std::uint64_t in_flight = 0;   // polled and not finished
  double bytes_per_message = 0;  // of memory, in its last runs: a mean, for its share of the bound
  MonotonicTime full_since{};    // no more of it may be in flight (flow_control.hpp); zero: it may
  bool stopped = false;          // the client reads it no more until LateStarts restarts it
  MonotonicTime restart_at{};    // not before
  FetchExtent* last_extent = nullptr;   // of the last message read, may be gone by now
  std::int64_t last_timestamp_ms = -1;  // of the last message read
  Position end{-1};     // the end a reader can reach, asked of the brokers; -1: not known
  Position asked_at{};  // where reading was when the brokers were asked for it

  // What the client could not read (intake_errors.cpp): nothing behind it is taken before it is
  // read after all, or is not in the log any more. -1: nothing.
  Position unreadable{-1};
  Duration unreadable_patience{};  // until the next try
  [[nodiscard]] bool cannot_be_read() const { return unreadable >= tracker.next(); }

  // Standing still without a reason (stall_watch.hpp).
  Position stands_at{-1};
  MonotonicTime stands_since{};
  bool stalled = false;

  // A retry topic's partition (due_gate.hpp).
  std::optional<config::Milliseconds> delay;  // empty: it is of no retry topic
  std::deque<Item> held;                      // read, and due soon
  std::int64_t put_off_until_ms =
      0;                 // Unix milliseconds; when what stands at next() is due; 0: soon
  bool put_off = false;  // paused until then; what is read meanwhile is discarded

  // retry.mode = "in_place" (release.hpp, passes.hpp).
  ReleasedLanes released;
  Position pass_at{};              // where the pass that is under way expects its next message
  std::uint64_t pass_met = 0;      // messages it has met
  std::uint32_t empty_passes = 0;  // that met none, one after the other
  MonotonicTime next_pass{};       // none begins before
  bool ahead_paused = false;       // read far enough past its lowest unfinished message

  CrashCounts crashes;  // isolation = "process"

  std::uint32_t blocked = 0;  // copies of its messages that no topic takes (outbox.hpp)

  ReadOut read_out;  // exactly_once

  // at_most_once: read and not yet covered by an acknowledged commit; not dispatched before that.
  std::deque<Item> awaiting_commit;
  // at_most_once: the highest position that a commit request carried, acknowledged or not.
  Position requested{-1};

  [[nodiscard]] bool owned() const { return ownership.owned(); }
  // Whether what comes from the client belongs to this epoch; else it is discarded.
  [[nodiscard]] bool takes_in() const {
    return ownership.reads() && !stopped && put_off_until_ms == 0;
  }
};

using PartitionEpochPtr = std::shared_ptr<PartitionEpoch>;

}  // namespace tidegate
