// SPDX-License-Identifier: Apache-2.0
//
// Lanes of one partition whose later messages were released: they are unfinished, but not in memory
// any more, because the lane's first message waits for its next attempt and the bound was reached
// (retry.mode = "in_place"). All messages of such a lane from one offset on are released, those
// below are held or finished; so a key and an offset are all that has to be remembered, and nothing
// in a lane is ever overtaken (invariant 6).
//
// They come back by passes: the partition is read again from a released offset to where reading had
// stopped. A lane that holds nothing when the pass meets it is followed to the end of the pass, and
// is released no more then; unless it fails on the way and is released again, from there on.
// Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "host/dispatch/partition_lanes.hpp"

namespace tidegate {

class ReleasedLanes {
 public:
  // A message of this lane leaves memory unfinished, and with it all that follow it in the lane.
  // lane: its name (PartitionLanes::lane_name).
  void release(std::string_view lane, Offset offset);
  // Whether the lane's messages that are read for the first time have to be released too.
  [[nodiscard]] bool holds(std::string_view lane) const {
    return !marks_.empty() && marks_.find(lane) != marks_.end();
  }
  [[nodiscard]] bool empty() const { return marks_.empty(); }
  // Memory that this takes.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  void clear();

  // Where the next pass should begin: the lowest released offset whose lane holds nothing; empty:
  // every lane still holds messages.
  [[nodiscard]] std::optional<Offset> begin_at(const PartitionLanes& lanes) const;
  // The partition is read again from `begin` to `end`. REQUIRES: no pass is under way.
  void begin_pass(Offset begin, Position end);
  [[nodiscard]] bool passing() const { return passing_; }
  [[nodiscard]] Position pass_end() const { return end_; }
  // The pass meets a message of this lane, in order of offset: whether it comes back. Otherwise it
  // is finished, held, or stays released.
  [[nodiscard]] bool take(const PartitionLanes& lanes, std::string_view lane, Offset offset);
  // All of the pass was read.
  void end_pass();
  // The partition is read elsewhere: what the pass did not reach stays released.
  void abort_pass();
  // Nothing below `offset` will ever come back; `next`: nothing is released from here on.
  void lose_below(Offset offset, Position next);

 private:
  struct Mark {
    Offset from;             // released from here on
    std::uint64_t pass = 0;  // the last one that met the lane, or in which it was released
    bool followed = false;   // it has taken all messages of the lane so far
  };
  using Marks = std::map<std::string, Mark, std::less<>>;
  // Forgets the marks of which gone(Mark&) says so.
  template <class Gone>
  void erase_if(Gone gone);

  // A node of the map, and what the allocator adds to it and to the key's bytes.
  static constexpr std::uint64_t kMarkBytes = sizeof(Marks::value_type) + 32 + 24;

  Marks marks_;
  std::uint64_t bytes_ = 0;
  bool passing_ = false;
  std::uint64_t pass_ = 0;  // the number of the last one
  Offset begin_{};
  Position end_{};
};

}  // namespace tidegate
