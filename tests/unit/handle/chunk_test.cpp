// SPDX-License-Identifier: Apache-2.0
#include "host/handle/chunk.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "tests/fakes/fake_messages.hpp"

namespace tidegate {
namespace {

TEST(Chunk, IsClaimedInOrderUntilNothingIsLeft) {
  Chunk chunk;
  chunk.items = fakes::run(0, 5);
  chunk.open();
  EXPECT_EQ(chunk.claim(3).first, 0U);
  const ItemRange rest = chunk.claim(3);
  EXPECT_EQ(rest.first, 3U);
  EXPECT_EQ(rest.count, 2U);
  EXPECT_EQ(chunk.claim(3).count, 0U);
  EXPECT_EQ(chunk.claimed(), 5U);
}

TEST(Chunk, ClosingTakesWhatNobodyClaimed) {
  Chunk chunk;
  chunk.items = fakes::run(0, 5);
  chunk.open();
  (void)chunk.claim(2);
  const ItemRange rest = chunk.close();
  EXPECT_EQ(rest.first, 2U);
  EXPECT_EQ(rest.count, 3U);
  EXPECT_EQ(chunk.claim(1).count, 0U);
  EXPECT_EQ(chunk.close().count, 0U);
  EXPECT_EQ(chunk.claimed(), 2U);
}

// Run under TSan: each item is touched by exactly one side.
TEST(Chunk, ClaimingAndClosingAtTheSameTimeShareTheItemsWithoutOverlap) {
  constexpr std::uint32_t kItems = 2000;
  for (int round = 0; round < 50; ++round) {
    Chunk chunk;
    chunk.items = fakes::run(0, kItems);
    chunk.open();
    std::vector<int> touched(kItems);
    std::jthread slot([&] {
      for (ItemRange range = chunk.claim(7); range.count > 0; range = chunk.claim(7)) {
        for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
          ++touched[i];
          chunk.items[i].message.reset();
        }
      }
    });
    const ItemRange rest = chunk.close();
    for (std::uint32_t i = rest.first; i < rest.first + rest.count; ++i) {
      ++touched[i];
      chunk.items[i].message.reset();
    }
    slot.join();
    for (const int times : touched) ASSERT_EQ(times, 1);
  }
}

}  // namespace
}  // namespace tidegate
