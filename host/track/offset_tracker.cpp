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
  while (!blocks_.empty() && blocks_.front().unfinished_count == 0) {
    finished_held_ -= blocks_.front().added_count;
    blocks_.pop_front();
  }
  return total;
}

void OffsetTracker::skip_to(Position position) { next_ = std::max(next_, position); }

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

std::uint64_t OffsetTracker::finished_ahead() const {
  if (blocks_.empty()) return 0;
  const Block& front = blocks_.front();
  int below = 0;  // finished offsets of the first block that position() has passed
  for (std::size_t word = 0; word < kWords; ++word) {
    if (front.unfinished[word] == 0) {
      below += std::popcount(front.added[word]);
      continue;
    }
    const auto lowest = static_cast<std::size_t>(std::countr_zero(front.unfinished[word]));
    if (lowest > 0) below += std::popcount(front.added[word] & mask(0, lowest - 1));
    break;
  }
  return finished_held_ - static_cast<std::uint64_t>(below);
}

std::optional<std::int64_t> OffsetTracker::oldest_timestamp_ms() const {
  if (blocks_.empty() || blocks_.front().timestamp_ms < 0) return std::nullopt;
  return blocks_.front().timestamp_ms;
}

}  // namespace tidegate
