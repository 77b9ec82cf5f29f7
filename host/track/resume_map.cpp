// SPDX-License-Identifier: Apache-2.0
#include "host/track/resume_map.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "host/base/check.hpp"
#include "host/track/adaptive_bits.hpp"

namespace tidegate {
namespace {

constexpr std::uint64_t kLargest =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
// How many bytes tell the number of ranges: kMostFinishedRanges - 1 is the largest that is written.
constexpr std::size_t kCountBytes = 2;
static_assert(kMostFinishedRanges - 1 <= 0xFFFF);

// Lengths of one kind of stretch. The place of the highest bit is told step by step, then the bits
// below it; each step and the first bits have an estimate of their own, so that common lengths
// become cheap, whatever they are.
class LengthCoder {
 public:
  // REQUIRES: 1 <= length <= kLargest.
  void put(BitWriter& to, std::uint64_t length) {
    const auto highest = static_cast<unsigned>(std::bit_width(length)) - 1;
    for (unsigned i = 0; i < highest; ++i) to.put(longer_[i], true);
    to.put(longer_[highest], false);
    unsigned seen = 1;
    for (unsigned i = highest; i-- > 0;) {
      const bool bit = (length >> i & 1U) != 0;
      to.put(below(highest, seen), bit);
      seen = seen << 1U | (bit ? 1U : 0U);
    }
  }
  // 0: no such length is ever written.
  [[nodiscard]] std::uint64_t get(BitReader& from) {
    unsigned highest = 0;
    while (from.get(longer_[highest])) {
      if (++highest == longer_.size() - 1) return 0;
    }
    std::uint64_t length = 1;
    unsigned seen = 1;
    for (unsigned i = highest; i-- > 0;) {
      const bool bit = from.get(below(highest, seen));
      length = length << 1U | (bit ? 1U : 0U);
      seen = seen << 1U | (bit ? 1U : 0U);
    }
    return length;
  }

 private:
  // Of the bits below the highest one only the first tell anything; the others are even.
  static constexpr unsigned kTelling = 8;
  BitEstimate& below(unsigned highest, unsigned seen) {
    if (seen < kTelling) return first_bits_[highest][seen];
    even_ = BitEstimate();
    return even_;
  }

  std::array<BitEstimate, 64> longer_;
  std::array<std::array<BitEstimate, kTelling>, 64> first_bits_;
  BitEstimate even_;
};

std::string count_bytes(std::size_t count) {
  return {static_cast<char>(count & 0xFFU), static_cast<char>(count >> 8U)};
}

}  // namespace

EncodedMap encode_resume_map(Position position, const FinishedRanges& ranges,
                             std::size_t most_bytes) {
  LengthCoder unfinished;
  LengthCoder finished;
  BitWriter bits;
  std::size_t count = 0;
  Position covered = position;
  BitWriter::Mark end;
  for (const FinishedRange& range : ranges) {
    if (count == kMostFinishedRanges - 1) break;
    TIDEGATE_CHECK(range.first.value > covered.value && range.last >= range.first,
                   "finished ranges ascend and do not touch");
    unfinished.put(bits, static_cast<std::uint64_t>(range.first.value - covered.value));
    finished.put(bits, static_cast<std::uint64_t>(range.last.value - range.first.value) + 1);
    if (kCountBytes + bits.mark().size() > most_bytes) break;
    end = bits.mark();
    ++count;
    covered = position_after(range.last);
  }
  if (count == 0) return {{}, position};
  return {count_bytes(count) + bits.code(end), covered};
}

std::optional<FinishedRanges> decode_resume_map(Position position, std::string_view bytes) {
  if (bytes.size() <= kCountBytes || position.value < 0) return std::nullopt;
  const std::size_t count = static_cast<std::uint8_t>(bytes[0]) |
                            static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[1])) << 8U;
  LengthCoder unfinished;
  LengthCoder finished;
  BitReader bits(bytes.substr(kCountBytes));
  FinishedRanges ranges;
  std::uint64_t at = static_cast<std::uint64_t>(position.value);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t gap = unfinished.get(bits);
    const std::uint64_t length = finished.get(bits);
    // Behind the last offset there is a position.
    if (gap == 0 || length == 0 || gap > kLargest - at || length > kLargest - at - gap)
      return std::nullopt;
    ranges.push_back({Offset{static_cast<std::int64_t>(at + gap)},
                      Offset{static_cast<std::int64_t>(at + gap + length - 1)}});
    at += gap + length;
  }
  return ranges;
}

}  // namespace tidegate
