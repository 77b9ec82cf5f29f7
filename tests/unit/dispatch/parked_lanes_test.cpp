// SPDX-License-Identifier: Apache-2.0
//
// Lanes whose first message failed and waits where it is for its next attempt.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/unit/dispatch/dispatch_fixture.hpp"

namespace tidegate {
namespace {

using std::chrono::milliseconds;
using LaneState = PartitionLanes::LaneState;

class DispatchParked : public Dispatch {
 protected:
  // The chunk's item at this index failed; all claimed items behind it in its lane come back too.
  void fail(Chunk& chunk, std::uint32_t index, milliseconds delay) {
    chunk.parked.push_back({index, clock.now() + delay});
    chunk.waiting.push_back(index);
    for (std::uint32_t i = index + 1; i < chunk.claimed(); ++i) {
      if (chunk.items[i].lane != nullptr && chunk.items[i].lane == chunk.items[index].lane)
        chunk.waiting.push_back(i);
    }
  }
  void advance(milliseconds time) {
    clock.advance(time);
    dispatcher->flush(clock.now());
  }
  // Messages 0 and 1 are of lane a, and 0 waits for 100 ms.
  std::shared_ptr<PartitionLanes> with_a_parked() {
    make({.slots = 1, .max_chunks = 4});
    const auto p = lanes(Ordering::key);
    add(p, fakes::keyed(0, {"a", "a"}));
    Chunk& first = next();
    (void)fakes::claim_all(first);
    fail(first, 0, milliseconds(100));
    finish(first);
    return p;
  }
  // Claims and finishes all that is out and all that follows.
  Offsets work_off() {
    Offsets all;
    while (dispatcher->chunks_out() > 0) {
      Chunk& chunk = next();
      const Offsets got = fakes::claim_all(chunk);
      all.insert(all.end(), got.begin(), got.end());
      finish(chunk);
    }
    return all;
  }
};

TEST_F(DispatchParked, AParkedLaneStartsNothingBeforeItsTimeAndThenTheSameMessageFirst) {
  make({.slots = 1, .max_chunks = 2});
  const auto p = lanes(Ordering::partition);
  add(p, fakes::run(0, 5));
  Chunk& first = next();
  EXPECT_EQ(fakes::offsets(first, first.claim(3)), (Offsets{0, 1, 2}));
  fail(first, 1, milliseconds(100));
  finish(first);
  EXPECT_EQ(dispatcher->chunks_out(), 0U);
  EXPECT_EQ(p->parked(), 1U);
  EXPECT_EQ(p->behind_parked(), 3U);
  EXPECT_TRUE(p->all_parked());
  EXPECT_EQ(dispatcher->next_flush(), clock.now() + milliseconds(100));
  add(p, fakes::run(5, 2));
  EXPECT_EQ(dispatcher->chunks_out(), 0U) << "what comes later waits with it";
  clock.advance(milliseconds(100) - Duration(1));
  dispatcher->flush(clock.now());
  EXPECT_EQ(dispatcher->chunks_out(), 0U) << "never early";
  clock.advance(Duration(1));
  dispatcher->flush(clock.now());
  EXPECT_EQ(work_off(), (Offsets{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(p->parked(), 0U);
  EXPECT_FALSE(dispatcher->next_flush().has_value());
}

TEST_F(DispatchParked, OtherLanesOfThePartitionGoOn) {
  make({.slots = 1, .max_chunks = 4});
  const auto p = lanes(Ordering::key);
  add(p, fakes::keyed(0, {"a", "a", "b"}));
  Chunk& first = next();
  (void)fakes::claim_all(first);
  fail(first, 0, milliseconds(100));
  finish(first);
  EXPECT_EQ(p->state_of("a"), LaneState::parked);
  EXPECT_EQ(p->state_of("b"), LaneState::dry);
  add(p, fakes::keyed(3, {"a", "b", "c"}));
  EXPECT_EQ(work_off(), (Offsets{4, 5}));
  advance(milliseconds(100));
  EXPECT_EQ(p->state_of("a"), LaneState::held);
  EXPECT_EQ(work_off(), (Offsets{0, 1, 3}));
  EXPECT_EQ(p->state_of("a"), LaneState::dry);
}

TEST_F(DispatchParked, WithoutALaneTheMessageAloneWaits) {
  make({.slots = 1, .max_chunks = 4});
  for (const Ordering ordering : {Ordering::none, Ordering::key}) {
    const auto p = lanes(ordering);
    add(p, fakes::run(0, 3));
    Chunk& first = next();
    (void)fakes::claim_all(first);
    fail(first, 1, milliseconds(100));
    finish(first);
    add(p, fakes::run(3, 2));
    EXPECT_EQ(work_off(), (Offsets{3, 4}));
    advance(milliseconds(100));
    Chunk& again = next();
    EXPECT_EQ(fakes::claim_all(again), (Offsets{1}));
    fail(again, 0, milliseconds(50));  // and a second time
    finish(again);
    advance(milliseconds(50));
    EXPECT_EQ(work_off(), (Offsets{1}));
    EXPECT_EQ(p->queued(), 0U);
  }
}

TEST_F(DispatchParked, LanesGoOnInTheOrderOfTheirTimes) {
  make({.slots = 1, .max_chunks = 8});
  const auto p = lanes(Ordering::key);
  add(p, fakes::keyed(0, {"a", "b", "c"}));
  const milliseconds delays[] = {milliseconds(300), milliseconds(100), milliseconds(200)};
  while (dispatcher->chunks_out() > 0) {
    Chunk& chunk = next();
    for (const std::int64_t offset : fakes::claim_all(chunk)) {
      const auto at = std::find_if(chunk.items.begin(), chunk.items.end(),
                                   [&](const Item& item) { return item.offset.value == offset; });
      fail(chunk, static_cast<std::uint32_t>(at - chunk.items.begin()), delays[offset]);
    }
    finish(chunk);
  }
  Offsets order;
  for (int step = 0; step < 3; ++step) {
    EXPECT_EQ(dispatcher->next_flush(), clock.now() + milliseconds(100));
    advance(milliseconds(100));
    for (const std::int64_t offset : work_off()) order.push_back(offset);
  }
  EXPECT_EQ(order, (Offsets{1, 2, 0}));
}

TEST_F(DispatchParked, WhatStandsBehindCanBeRemovedAndTheFirstStays) {
  const auto p = with_a_parked();
  add(p, fakes::keyed(2, {"a", "b"}));
  EXPECT_EQ(p->behind_parked(), 2U);
  Offsets removed;
  const auto remove = [&](Item&& item) { removed.push_back(item.offset.value); };
  p->remove_behind_parked(1, remove);
  EXPECT_EQ(removed, (Offsets{2})) << "one may stay behind it";
  p->remove_behind_parked(0, remove);
  EXPECT_EQ(removed, (Offsets{2, 1})) << "the last one first";
  EXPECT_EQ(p->behind_parked(), 0U);
  EXPECT_EQ(work_off(), (Offsets{3}));
  EXPECT_EQ(p->queued(), 1U);
  advance(milliseconds(100));
  EXPECT_EQ(work_off(), (Offsets{0}));
}

TEST_F(DispatchParked, WhatIsParkedIsGivenBackAtOnce) {
  const auto p = with_a_parked();
  Offsets given_back;
  EXPECT_EQ(dispatcher->close(*p, [&](Item&& item) { given_back.push_back(item.offset.value); }),
            0U);
  EXPECT_EQ(given_back, (Offsets{0, 1}));
  advance(milliseconds(200));
  EXPECT_EQ(dispatcher->chunks_out(), 0U);
  EXPECT_FALSE(dispatcher->next_flush().has_value()) << "nothing is remembered of it";
}

}  // namespace
}  // namespace tidegate
