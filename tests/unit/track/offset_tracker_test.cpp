// SPDX-License-Identifier: Apache-2.0
#include "host/track/offset_tracker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <random>
#include <set>

#include "tests/unit/track/range.hpp"

namespace tidegate {
namespace {

constexpr std::int64_t kNoTime = -1;

OffsetTracker tracker_with(std::int64_t first, std::int64_t last) {
  OffsetTracker tracker(Position{first});
  tracker.add(Offset{first}, Offset{last}, kNoTime);
  return tracker;
}

TEST(OffsetTracker, BeginsAtItsStartWithNothingUnfinished) {
  const OffsetTracker tracker(Position{42});
  EXPECT_EQ(tracker.position(), Position{42});
  EXPECT_EQ(tracker.unfinished(), 0U);
}

TEST(OffsetTracker, Invariant2_HoldsPositionBehindUnfinishedOffset) {
  OffsetTracker tracker = tracker_with(100, 199);
  EXPECT_EQ(tracker.finish(Offset{101}, Offset{199}), 99U);
  EXPECT_EQ(tracker.position(), Position{100});
  EXPECT_EQ(tracker.finished_ahead(), 99U);
  EXPECT_EQ(tracker.finish(Offset{100}, Offset{100}), 1U);
  EXPECT_EQ(tracker.position(), Position{200});
  EXPECT_EQ(tracker.finished_ahead(), 0U);
}

TEST(OffsetTracker, CountsFinishedBehindThePositionInsideOneBlock) {
  OffsetTracker tracker = tracker_with(0, 9);
  tracker.finish(Offset{0}, Offset{3});
  tracker.finish(Offset{6}, Offset{7});
  EXPECT_EQ(tracker.position(), Position{4});
  EXPECT_EQ(tracker.finished_ahead(), 2U);
}

TEST(OffsetTracker, FinishingTwiceCountsOnce) {
  OffsetTracker tracker = tracker_with(0, 9);
  EXPECT_EQ(tracker.finish(Offset{2}, Offset{4}), 3U);
  EXPECT_EQ(tracker.finish(Offset{2}, Offset{5}), 1U);
  EXPECT_EQ(tracker.unfinished(), 6U);
}

TEST(OffsetTracker, PassesOverGapsOfTheLog) {
  OffsetTracker tracker(Position{0});
  tracker.add(Offset{5}, Offset{6}, kNoTime);
  tracker.add(Offset{1'000'000'000}, Offset{1'000'000'001}, kNoTime);
  EXPECT_EQ(tracker.position(), Position{5});
  tracker.finish(Offset{5}, Offset{6});
  EXPECT_EQ(tracker.position(), Position{1'000'000'000});
  tracker.finish(Offset{1'000'000'000}, Offset{1'000'000'001});
  EXPECT_EQ(tracker.position(), Position{1'000'000'002});
}

TEST(OffsetTracker, EndOfPartitionMovesThePositionOverMarkers) {
  OffsetTracker tracker = tracker_with(0, 4);
  tracker.skip_to(Position{6});
  EXPECT_EQ(tracker.position(), Position{0});
  tracker.finish(Offset{0}, Offset{4});
  EXPECT_EQ(tracker.position(), Position{6});
  tracker.skip_to(Position{3});
  EXPECT_EQ(tracker.position(), Position{6}) << "a lower position changes nothing";
}

TEST(OffsetTracker, TellsTheTimeOfTheOldestUnfinishedStretch) {
  OffsetTracker tracker(Position{0});
  EXPECT_EQ(tracker.oldest_timestamp_ms(), std::nullopt);
  tracker.add(Offset{0}, Offset{511}, 1000);
  tracker.add(Offset{512}, Offset{600}, 2000);
  EXPECT_EQ(tracker.oldest_timestamp_ms(), 1000);
  tracker.finish(Offset{0}, Offset{511});
  EXPECT_EQ(tracker.oldest_timestamp_ms(), 2000);
}

TEST(OffsetTrackerDeathTest, AnOffsetHandedOutTwiceIsABrokenInvariant) {
  OffsetTracker tracker = tracker_with(0, 9);
  EXPECT_DEATH(tracker.add(Offset{9}, Offset{10}, kNoTime), "handed out once");
}

// Against the plainest model there is: a set of unfinished offsets.
TEST(OffsetTracker, AgreesWithASetOverRandomRunsGapsAndOrders) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::int64_t n) {
      return std::uniform_int_distribution<std::int64_t>(0, n - 1)(random);
    };
    OffsetTracker tracker(Position{below(2000)});
    std::set<std::int64_t> unfinished;
    std::set<std::int64_t> finished;
    std::int64_t next = tracker.next().value;
    for (int step = 0; step < 300; ++step) {
      if (below(3) == 0 || unfinished.empty()) {
        const std::int64_t first = next + (below(4) == 0 ? below(3000) : 0);
        const std::int64_t last = first + below(700);
        tracker.add(Offset{first}, Offset{last}, kNoTime);
        for (std::int64_t offset = first; offset <= last; ++offset) unfinished.insert(offset);
        next = last + 1;
      } else {
        const std::int64_t lowest = *unfinished.begin();
        const std::int64_t highest = *unfinished.rbegin();
        const std::int64_t first = *unfinished.lower_bound(lowest + below(highest - lowest + 1));
        const std::int64_t last = std::min(first + below(600), next - 1);
        std::uint64_t expected = 0;
        for (std::int64_t offset = first; offset <= last; ++offset) {
          if (unfinished.erase(offset) == 0) continue;
          finished.insert(offset);
          ++expected;
        }
        ASSERT_EQ(tracker.finish(Offset{first}, Offset{last}), expected) << "seed " << seed;
      }
      const std::int64_t position = unfinished.empty() ? next : *unfinished.begin();
      finished.erase(finished.begin(), finished.lower_bound(position));
      ASSERT_EQ(tracker.position(), Position{position}) << "seed " << seed;
      ASSERT_EQ(tracker.unfinished(), unfinished.size()) << "seed " << seed;
      ASSERT_EQ(tracker.finished_ahead(), finished.size()) << "seed " << seed;
    }
  }
}

TEST(OffsetTracker, SaysWhatIsFinishedAboveThePosition) {
  OffsetTracker tracker = tracker_with(100, 999);
  EXPECT_EQ(tracker.finished_ranges(), FinishedRanges{});
  tracker.finish(Offset{101}, Offset{199});
  tracker.finish(Offset{300}, Offset{300});
  tracker.finish(Offset{998}, Offset{999});
  EXPECT_EQ(tracker.finished_ranges(),
            (FinishedRanges{range(101, 199), range(300, 300), range(998, 999)}));
  EXPECT_EQ(tracker.finished_from(Position{150}), 53U);
  EXPECT_TRUE(tracker.is_unfinished(Offset{100}));
  EXPECT_FALSE(tracker.is_unfinished(Offset{300}));
  EXPECT_FALSE(tracker.is_unfinished(Offset{5000}));
  tracker.finish(Offset{100}, Offset{299});
  EXPECT_EQ(tracker.finished_ranges(), FinishedRanges{range(998, 999)});
}

TEST(OffsetTracker, CountsGapsOfTheLogToWhatIsFinishedAroundThem) {
  OffsetTracker tracker(Position{0});
  tracker.add(Offset{0}, Offset{9}, kNoTime);
  tracker.add(Offset{5000}, Offset{5009}, kNoTime);
  tracker.finish(Offset{1}, Offset{9});
  tracker.finish(Offset{5000}, Offset{5008});
  EXPECT_EQ(tracker.finished_ranges(), FinishedRanges{range(1, 5008)});
}

TEST(OffsetTracker, DoesNotExpectWhatAnEarlierOwnerFinished) {
  OffsetTracker tracker(Position{10}, {range(12, 19), range(30, 39)});
  EXPECT_TRUE(tracker.has_earlier());
  EXPECT_FALSE(tracker.finished_earlier(Offset{11}));
  EXPECT_TRUE(tracker.finished_earlier(Offset{12}));
  EXPECT_TRUE(tracker.finished_earlier(Offset{39}));
  EXPECT_FALSE(tracker.finished_earlier(Offset{40}));
  tracker.add(Offset{10}, Offset{11}, kNoTime);
  EXPECT_EQ(tracker.next(), Position{20}) << "reading goes on behind it";
  EXPECT_EQ(tracker.finished_ranges(), (FinishedRanges{range(12, 19), range(30, 39)}))
      << "and the next map says it again";
  tracker.finish(Offset{10}, Offset{11});
  EXPECT_EQ(tracker.position(), Position{20});
  tracker.skip_to(Position{35});
  EXPECT_EQ(tracker.position(), Position{40});
  EXPECT_FALSE(tracker.has_earlier());
}

TEST(OffsetTracker, PassesOverWhatAnEarlierOwnerFinishedRightAtTheStart) {
  const OffsetTracker tracker(Position{10}, {range(10, 19)});
  EXPECT_EQ(tracker.position(), Position{20});
}

// One owner after the other works on a part of what it reads, and hands on its position and its
// map: nothing that was finished is handed out again, nothing unfinished is left out.
TEST(OffsetTracker, OwnersThatFollowOneAnotherHandEachOffsetOutUntilItIsFinished) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    constexpr std::int64_t kEnd = 3000;
    std::set<std::int64_t> finished;
    Position position{0};
    FinishedRanges map;
    for (int owner = 0; owner < 40 && position.value < kEnd; ++owner) {
      OffsetTracker tracker(position, map);
      std::set<std::int64_t> mine;
      const std::int64_t until = std::min<std::int64_t>(
          kEnd, position.value + 1 + static_cast<std::int64_t>(random() % 2000));
      for (std::int64_t offset = position.value; offset < until; ++offset) {
        const bool skipped =
            offset < tracker.next().value || tracker.finished_earlier(Offset{offset});
        ASSERT_EQ(skipped, finished.count(offset) == 1) << "seed " << seed << " offset " << offset;
        if (skipped) continue;
        tracker.add(Offset{offset}, Offset{offset}, kNoTime);
        mine.insert(offset);
      }
      for (const std::int64_t offset : mine) {
        if (random() % 3 == 0) continue;
        tracker.finish(Offset{offset}, Offset{offset});
        finished.insert(offset);
      }
      position = tracker.position();
      map = tracker.finished_ranges();
      ASSERT_TRUE(finished.count(position.value) == 0) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tidegate
