// SPDX-License-Identifier: Apache-2.0
//
// What one commit holds. In the release build, because it takes sanitizers long and shows them
// nothing.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <iostream>
#include <random>

#include "host/track/resume_map.hpp"
#include "tests/unit/track/range.hpp"

namespace tidegate {
namespace {

// What 4,096 characters of metadata leave for a map, beside the topic's id.
constexpr std::size_t kBytesOfOneCommit = 7'630;

std::int64_t offsets_in(const FinishedRanges& ranges) {
  std::int64_t count = 0;
  for (const FinishedRange& one : ranges) count += one.last.value - one.first.value + 1;
  return count;
}

// The figures of host/track/README.md. The best peer's bit set holds 24,500 offsets, finished or
// not, in the same metadata.
TEST(ResumeMap, HoldsInOneCommitWhatItIsSaidToHold) {
  std::mt19937_64 random(3);
  const auto chance = [&](double of) {
    return [&random, of](std::int64_t) { return std::bernoulli_distribution(of)(random); };
  };
  struct Case {
    const char* what;
    std::int64_t end;  // of the offsets that the pattern is made for
    std::function<bool(std::int64_t)> unfinished;
    std::int64_t at_least;  // offsets that fit
  };
  const Case cases[] = {
      {"one stuck, all behind it finished", 20'000'000, [](std::int64_t) { return false; },
       19'999'999},
      {"every second finished", 200'000, [](std::int64_t o) { return o % 2 == 0; }, 131'000},
      {"random, 50 % unfinished", 200'000, chance(0.5), 60'000},
      {"random, 10 % unfinished", 400'000, chance(0.1), 128'000},
      {"random, 90 % unfinished", 400'000, chance(0.9), 128'000},
      {"random, 1 % unfinished", 2'000'000, chance(0.01), 730'000},
      {"three parked keys of 5,000", 20'000'000, chance(3.0 / 5000), 7'500'000},
      {"chunks of 100 finished by turns", 2'000'000,
       [](std::int64_t o) { return o / 100 % 2 == 0; }, 1'999'900},
      {"chunks of 1 to 500, half of them finished", 4'000'000,
       [&random, left = std::uint64_t{0}, now = false](std::int64_t) mutable {
         if (left-- == 0) {
           left = random() % 500;
           now = !now;
         }
         return now;
       },
       1'500'000},
  };
  for (const Case& one : cases) {
    const FinishedRanges ranges = ranges_where(one.end, one.unfinished);
    const EncodedMap map = encode_resume_map(Position{0}, ranges, kBytesOfOneCommit);
    const auto read = decode_resume_map(Position{0}, map.bytes);
    ASSERT_TRUE(read) << one.what;
    std::cout << one.what << ": " << map.covered.value << " offsets, " << offsets_in(*read)
              << " of them finished, in " << map.bytes.size() << " bytes\n";
    EXPECT_GE(map.covered.value, one.at_least) << one.what;
  }
}

}  // namespace
}  // namespace tidegate
