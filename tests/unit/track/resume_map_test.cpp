// SPDX-License-Identifier: Apache-2.0
#include "host/track/resume_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>

#include "host/track/printable.hpp"
#include "tests/unit/track/range.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kPlenty = 1'000'000;

// Lengths of stretches as they come in practice: short ones, long ones, now and then huge.
FinishedRanges random_ranges(std::mt19937_64& random, std::int64_t start) {
  std::uniform_int_distribution<int> bits(0, static_cast<int>(random() % 40));
  const auto length = [&] {
    return static_cast<std::int64_t>(1 + random() % (1ULL << bits(random)));
  };
  FinishedRanges ranges;
  std::int64_t at = start;
  for (std::uint64_t i = random() % 3000; i > 0; --i) {
    const std::int64_t first = at + length();
    const std::int64_t last = first + length() - 1;
    ranges.push_back(range(first, last));
    at = last + 1;
  }
  return ranges;
}

TEST(ResumeMap, SaysNothingInNoBytes) {
  const EncodedMap map = encode_resume_map(Position{7}, {}, kPlenty);
  EXPECT_TRUE(map.bytes.empty());
  EXPECT_EQ(map.covered, Position{7});
}

TEST(ResumeMap, OneStuckMessageBeforeManyFinishedTakesAFewBytes) {
  const EncodedMap map = encode_resume_map(Position{1'000}, {range(1'001, 51'000)}, kPlenty);
  EXPECT_LE(map.bytes.size(), 8U);
  EXPECT_EQ(map.covered, Position{51'001});
  EXPECT_EQ(decode_resume_map(Position{1'000}, map.bytes), FinishedRanges{range(1'001, 51'000)});
}

TEST(ResumeMap, ReachesToTheLargestOffset) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const FinishedRanges ranges{range(2, kMost / 2), range(kMost - 2, kMost - 1)};
  const EncodedMap map = encode_resume_map(Position{0}, ranges, kPlenty);
  EXPECT_EQ(decode_resume_map(Position{0}, map.bytes), ranges);
  EXPECT_EQ(decode_resume_map(Position{1}, map.bytes), std::nullopt) << "past the last offset";
}

TEST(ResumeMap, ComesBackAsItWas) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    const auto start = static_cast<std::int64_t>(random() % 1'000'000'000);
    const FinishedRanges ranges = random_ranges(random, start);
    const EncodedMap map = encode_resume_map(Position{start}, ranges, kPlenty);
    if (ranges.empty()) continue;
    ASSERT_EQ(decode_resume_map(Position{start}, map.bytes), ranges) << "map " << i;
    ASSERT_EQ(map.covered, position_after(ranges.back().last));
  }
}

TEST(ResumeMap, KeepsAtEveryLimitWhatFitsFromTheFront) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20; ++i) {
    const FinishedRanges ranges = random_ranges(random, 5);
    const std::size_t whole = encode_resume_map(Position{5}, ranges, kPlenty).bytes.size();
    std::size_t kept_before = 0;
    for (std::size_t limit = 0; limit <= std::min<std::size_t>(whole + 1, 400); ++limit) {
      const EncodedMap map = encode_resume_map(Position{5}, ranges, limit);
      ASSERT_LE(map.bytes.size(), limit);
      const auto read =
          map.bytes.empty() ? FinishedRanges{} : decode_resume_map(Position{5}, map.bytes);
      ASSERT_TRUE(read);
      ASSERT_LE(read->size(), ranges.size());
      ASSERT_TRUE(std::equal(read->begin(), read->end(), ranges.begin())) << "limit " << limit;
      ASSERT_EQ(map.covered, read->empty() ? Position{5} : position_after(read->back().last));
      ASSERT_GE(read->size(), kept_before) << "more room holds no less";
      kept_before = read->size();
    }
  }
}

TEST(ResumeMap, HasNoMoreRangesThanAReaderTakes) {
  const FinishedRanges ranges =
      ranges_where(200'000, [](std::int64_t offset) { return offset % 2 == 0; });
  const EncodedMap map = encode_resume_map(Position{0}, ranges, kPlenty);
  EXPECT_EQ(decode_resume_map(Position{0}, map.bytes)->size(), kMostFinishedRanges - 1);
}

TEST(ResumeMap, AnyBytesAreReadWithoutHarm) {
  std::mt19937_64 random(4);
  std::size_t read = 0;
  for (int i = 0; i < 3'000; ++i) {
    std::string bytes(random() % 200, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    if (bytes.size() > 2) bytes[1] = static_cast<char>(random() % 4);
    const auto ranges = decode_resume_map(Position{100}, bytes);
    if (!ranges) continue;
    ++read;
    std::int64_t at = 100;
    for (const FinishedRange& one : *ranges) {
      ASSERT_GT(one.first.value, at);
      ASSERT_GE(one.last, one.first);
      at = position_after(one.last).value;
    }
  }
  EXPECT_GT(read, 0U);
}

}  // namespace
}  // namespace tidegate
