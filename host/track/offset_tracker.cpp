// SPDX-License-Identifier: Apache-2.0
#include "host/track/offset_tracker.hpp"

#include <algorithm>
#include <bit>

#include "host/base/check.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kAllBits = 63;

// Bits lo..hi of a word, both included.
std::uint64_t mask(std::size_t lo, std::size_t hi) {
  return (~std::uint64_t{0} << lo) & (~std::uint64_t{0} >> (kAllBits - hi));
}

// Calls visit(word, mask) for each 64-bit word that bits lo..hi of a block touch.
template <class Visit>
void for_each_word(std::size_t lo, std::size_t hi, Visit visit) {
  constexpr std::size_t kBits = kAllBits + 1;
  for (std::size_t word = lo / kBits; word <= hi / kBits; ++word) {
    const std::size_t begin = word * kBits;
    visit(word, mask(lo > begin ? lo - begin : 0, std::min(hi - begin, kAllBits)));
  }
}

}  // namespace

OffsetTracker::OffsetTracker(Position start, const FinishedRanges& earlier)
    : next_(start), earlier_(earlier.begin(), earlier.end()) {
  pass_over_earlier();
}

// What lies next and is finished will not be handed out, so reading and position go on behind it.
void OffsetTracker::pass_over_earlier() {
  while (!earlier_.empty() && earlier_.front().first.value <= next_.value) {
    next_ = std::max(next_, position_after(earlier_.front().last));
    earlier_.pop_front();
  }
}

void OffsetTracker::add(Offset first, Offset last, std::int64_t timestamp_ms) {
  TIDEGATE_CHECK(first.value >= next_.value && first <= last,
                 "an offset is handed out once per epoch, in order");
  for (std::int64_t base = first.value - first.value % kSpan; base <= last.value; base += kSpan) {
    if (blocks_.empty() || blocks_.back().base != base) {
      blocks_.push_back(Block{base, timestamp_ms, 0, 0, {}, {}});
    }
    Block& block = blocks_.back();
    const auto lo = static_cast<std::size_t>(std::max(first.value - base, std::int64_t{0}));
    const auto hi = static_cast<std::size_t>(std::min(last.value - base, kSpan - 1));
    for_each_word(lo, hi, [&](std::size_t word, std::uint64_t wanted) {
      block.added[word] |= wanted;
      block.unfinished[word] |= wanted;
    });
    block.added_count += static_cast<std::uint32_t>(hi - lo + 1);
    block.unfinished_count += static_cast<std::uint32_t>(hi - lo + 1);
    unfinished_ += hi - lo + 1;
  }
  next_ = position_after(last);
  pass_over_earlier();
}

std::uint64_t OffsetTracker::finish(Offset first, Offset last) {
  TIDEGATE_CHECK(first <= last && last.value < next_.value, "only what was handed out can finish");
  std::uint64_t total = 0;
  auto block = std::partition_point(blocks_.begin(), blocks_.end(),
                                    [&](const Block& b) { return b.base + kSpan <= first.value; });
  for (; block != blocks_.end() && block->base <= last.value; ++block) {
    const auto lo = static_cast<std::size_t>(std::max(first.value - block->base, std::int64_t{0}));
    const auto hi = static_cast<std::size_t>(std::min(last.value - block->base, kSpan - 1));
    int done = 0;
    for_each_word(lo, hi, [&](std::size_t word, std::uint64_t wanted) {
      done += std::popcount(block->unfinished[word] & wanted);
      block->unfinished[word] &= ~wanted;
    });
    block->unfinished_count -= static_cast<std::uint32_t>(done);
    total += static_cast<std::uint64_t>(done);
  }
  unfinished_ -= total;
  finished_held_ += total;
  finished_ever_ += total;
  while (!blocks_.empty() && blocks_.front().unfinished_count == 0) {
    finished_held_ -= blocks_.front().added_count;
    blocks_.pop_front();
  }
  return total;
}

void OffsetTracker::skip_to(Position position) {
  next_ = std::max(next_, position);
  pass_over_earlier();
}

Position OffsetTracker::position() const {
  if (blocks_.empty()) return next_;
  const Block& front = blocks_.front();
  for (std::size_t word = 0; word < kWords; ++word) {
    if (front.unfinished[word] == 0) continue;
    const auto index =
        word * kWordBits + static_cast<std::size_t>(std::countr_zero(front.unfinished[word]));
    return Position{front.base + static_cast<std::int64_t>(index)};
  }
  TIDEGATE_CHECK(false, "finish() keeps an unfinished offset in the first block");
  return next_;
}

std::uint64_t OffsetTracker::finished_from(Position from) const {
  std::uint64_t below = 0;  // finished offsets of blocks that still exist
  for (const Block& block : blocks_) {
    if (block.base >= from.value) break;
    const auto hi = static_cast<std::size_t>(std::min(from.value - block.base, kSpan) - 1);
    for_each_word(0, hi, [&](std::size_t word, std::uint64_t wanted) {
      below += static_cast<std::uint64_t>(
          std::popcount(block.added[word] & ~block.unfinished[word] & wanted));
    });
  }
  return finished_held_ - below;
}

bool OffsetTracker::is_unfinished(Offset offset) const {
  const auto block = std::partition_point(blocks_.begin(), blocks_.end(), [&](const Block& b) {
    return b.base + kSpan <= offset.value;
  });
  if (block == blocks_.end() || block->base > offset.value) return false;
  const auto index = static_cast<std::size_t>(offset.value - block->base);
  return (block->unfinished[index / kWordBits] >> index % kWordBits & 1U) != 0;
}

bool OffsetTracker::finished_earlier(Offset offset) const {
  const auto range = std::partition_point(earlier_.begin(), earlier_.end(),
                                          [&](const FinishedRange& r) { return r.last < offset; });
  return range != earlier_.end() && range->first <= offset;
}

FinishedRanges OffsetTracker::finished_ranges() const {
  FinishedRanges ranges;
  std::int64_t at = position().value;  // everything below is in `ranges`, or unfinished
  const auto unfinished = [&](std::int64_t first, std::int64_t count) {
    if (first > at) ranges.push_back({Offset{at}, Offset{first - 1}});
    at = first + count;
  };
  for (const Block& block : blocks_) {
    if (ranges.size() >= kMostFinishedRanges) return ranges;
    for (std::size_t word = 0; word < kWords; ++word) {
      const std::int64_t base = block.base + static_cast<std::int64_t>(word * kWordBits);
      for (std::uint64_t bits = block.unfinished[word]; bits != 0;) {
        const int first = std::countr_zero(bits);
        const int count = std::countr_one(bits >> first);
        unfinished(base + first, count);
        if (first + count > static_cast<int>(kAllBits)) break;
        bits &= ~std::uint64_t{0} << (first + count);
      }
    }
  }
  unfinished(next_.value, 0);
  ranges.insert(ranges.end(), earlier_.begin(), earlier_.end());
  return ranges;
}

std::optional<std::int64_t> OffsetTracker::oldest_timestamp_ms() const {
  if (blocks_.empty() || blocks_.front().timestamp_ms < 0) return std::nullopt;
  return blocks_.front().timestamp_ms;
}

}  // namespace tidegate
