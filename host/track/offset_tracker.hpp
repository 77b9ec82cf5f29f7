// SPDX-License-Identifier: Apache-2.0
//
// The set of unfinished offsets of one partition in one epoch. Its lowest member is the position:
// that is how nothing is ever committed past an unfinished offset (invariant 2).
//
// Offsets come in runs and finish in ranges, in any order; both cost per 64 offsets, not per
// message. The log has gaps (compaction, transaction markers); an offset that was never handed out
// is never unfinished, so the position passes over gaps by itself. What an earlier owner finished
// (a resume map) is such a gap: it is not handed out again. Thread rule: [poll] of the owning
// consumer; no locks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "host/track/finished_ranges.hpp"

namespace tidegate {

class OffsetTracker {
 public:
  // Begins with nothing unfinished and the position given. earlier: what an earlier owner finished
  // above it; ascending, not touching one another.
  explicit OffsetTracker(Position start, const FinishedRanges& earlier = {});

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
  [[nodiscard]] std::uint64_t finished_ahead() const { return finished_from(position()); }
  // Finished offsets at or above this one, without what an earlier owner finished.
  // REQUIRES: from >= position().
  [[nodiscard]] std::uint64_t finished_from(Position from) const;
  // Grows with every offset that finishes.
  [[nodiscard]] std::uint64_t finished_ever() const { return finished_ever_; }
  [[nodiscard]] bool is_unfinished(Offset offset) const;

  // Whether an earlier owner finished offsets at or above next(): such messages are not to be
  // added.
  [[nodiscard]] bool has_earlier() const { return !earlier_.empty(); }
  // Whether it finished this one. REQUIRES: offset >= next().
  [[nodiscard]] bool finished_earlier(Offset offset) const;
  // Everything above position() of which nothing is left to do, as a resume map says it; from
  // kMostFinishedRanges on it may end early. Gaps of the log belong to what is around them.
  [[nodiscard]] FinishedRanges finished_ranges() const;
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

  void pass_over_earlier();

  std::deque<Block> blocks_;  // ascending, the first one has unfinished offsets
  Position next_;
  std::deque<FinishedRange> earlier_;  // what lies above next_ of it
  std::uint64_t unfinished_ = 0;
  std::uint64_t finished_ever_ = 0;
  std::uint64_t finished_held_ = 0;  // finished offsets in blocks that still exist
};

}  // namespace tidegate
