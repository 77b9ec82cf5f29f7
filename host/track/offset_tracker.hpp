// SPDX-License-Identifier: Apache-2.0
//
// The set of unfinished offsets of one partition in one epoch. Its lowest member is the position:
// that is how nothing is ever committed past an unfinished offset (invariant 2).
//
// Offsets come in runs and finish in ranges, in any order; both cost per 64 offsets, not per
// message. The log has gaps (compaction, transaction markers); an offset that was never handed out
// is never unfinished, so the position passes over gaps by itself. Thread rule: [poll] of the
// owning consumer; no locks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "host/base/types.hpp"

namespace tidegate {

class OffsetTracker {
 public:
  // Begins with nothing unfinished and the position given.
  explicit OffsetTracker(Position start) : next_(start) {}

  // Adds first..last, both included and all handed out, as unfinished. timestamp_ms: of the first
  // one, -1 when it has none. REQUIRES: next() <= first <= last.
  void add(Offset first, Offset last, std::int64_t timestamp_ms);
  // Finishes first..last, both included; offsets between them that were never added are passed
  // over. Returns how many unfinished offsets this finished. REQUIRES: first <= last < next().
  std::uint64_t finish(Offset first, Offset last);
  // Nothing below `position` will be handed out any more, say because the reader reached the end of
  // the partition behind a transaction marker. Lower positions than next() change nothing.
  void skip_to(Position position);

  // The lowest unfinished offset, or next() when nothing is unfinished: what may be committed.
  [[nodiscard]] Position position() const;
  // Where the next message is expected; every offset below was handed out or is a gap.
  [[nodiscard]] Position next() const { return next_; }
  [[nodiscard]] std::uint64_t unfinished() const { return unfinished_; }
  // Finished offsets at or above position(): done, but behind an unfinished one.
  [[nodiscard]] std::uint64_t finished_ahead() const;
  // Timestamp of the oldest stretch with an unfinished message (at most kSpan offsets long); empty
  // when nothing is unfinished or it has no timestamp.
  [[nodiscard]] std::optional<std::int64_t> oldest_timestamp_ms() const;

 private:
  static constexpr std::size_t kWordBits = 64;
  static constexpr std::size_t kWords = 8;
  static constexpr std::int64_t kSpan = kWordBits * kWords;

  using Bits = std::array<std::uint64_t, kWords>;
  // A stretch of kSpan offsets. Only stretches with a message exist, so memory follows the
  // messages, not the width of gaps.
  struct Block {
    std::int64_t base;  // multiple of kSpan
    std::int64_t timestamp_ms;
    std::uint32_t added_count;
    std::uint32_t unfinished_count;
    Bits added;
    Bits unfinished;
  };

  Block& block_for_add(std::int64_t offset, std::int64_t timestamp_ms);
  void drop_finished_blocks();

  std::deque<Block> blocks_;  // ascending, the first one has unfinished offsets
  Position next_;
  std::uint64_t unfinished_ = 0;
  std::uint64_t finished_held_ = 0;  // finished offsets in blocks that still exist
};

}  // namespace tidegate
