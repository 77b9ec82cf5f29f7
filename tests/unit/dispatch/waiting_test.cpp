// SPDX-License-Identifier: Apache-2.0
//
// What does not start although a slot is free: messages that wait for another attempt, partitions
// that are held for a time, and a dispatcher that is held.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/unit/dispatch/dispatch_fixture.hpp"

namespace tidegate {
namespace {

using DispatchWaiting = Dispatch;

TEST_F(DispatchWaiting, WhatWaitsForAnotherAttemptStandsBeforeWhatCameBehindIt) {
  make({.slots = 1, .max_chunks = 2});
  const auto p = lanes(Ordering::partition);
  add(p, fakes::run(0, 6));
  Chunk& first = next();
  // As after a pause: 1 and 3 wait, 0 and 2 are finished, 4 and 5 were not begun.
  EXPECT_EQ(fakes::offsets(first, first.claim(4)), (Offsets{0, 1, 2, 3}));
  first.waiting = {1, 3};
  add(p, fakes::run(6, 1));
  EXPECT_EQ(p->queued(), 1U);
  finish(first);
  Chunk& second = next();
  EXPECT_EQ(fakes::claim_all(second), (Offsets{1, 3, 4, 5, 6}));
  EXPECT_TRUE(second.waiting.empty()) << "a chunk that is used again remembers nothing";
  EXPECT_EQ(dispatcher->chunks_out(), 1U);
  finish(second);
  EXPECT_EQ(p->queued(), 0U);
}

TEST_F(DispatchWaiting, AMessageThatWaitsKeepsItsLaneAndNoOther) {
  make({.slots = 1, .max_chunks = 4});
  const auto p = lanes(Ordering::key);
  std::vector<Item> run = fakes::keyed(0, {"a", "b", "a"});
  run.push_back(fakes::item(3));  // no lane
  add(p, std::move(run));
  Chunk& first = next();
  const Offsets got = fakes::claim_all(first);
  EXPECT_EQ(Offsets(got.begin(), got.end()), (Offsets{3, 0, 2, 1}));
  first.waiting = {0, 1};  // offsets 3 and 0
  finish(first);
  add(p, fakes::keyed(4, {"a", "b"}));
  std::map<std::string, Offsets> again;
  while (dispatcher->chunks_out() > 0) {
    Chunk& chunk = next();
    const ItemRange range = chunk.claim(100);
    for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
      const kafka::Bytes key = chunk.items[i].message.key();
      again[std::string(key)].push_back(chunk.items[i].offset.value);
    }
    finish(chunk);
  }
  EXPECT_EQ(again["a"], (Offsets{0, 4}));
  EXPECT_EQ(again["b"], (Offsets{5}));
  EXPECT_EQ(again[""], (Offsets{3}));
}

TEST_F(DispatchWaiting, NothingOfAPartitionStartsBeforeItsTime) {
  make({.slots = 1, .max_chunks = 4});
  const auto held = lanes(Ordering::none);
  const auto other = lanes(Ordering::none);
  held->held_until = clock.now() + std::chrono::milliseconds(250);
  add(held, fakes::run(0, 2));
  add(other, fakes::run(10, 1));
  ASSERT_EQ(dispatcher->chunks_out(), 1U) << "the other partition goes on";
  Chunk& free = next();
  EXPECT_EQ(fakes::claim_all(free), (Offsets{10}));
  finish(free);
  EXPECT_EQ(dispatcher->next_flush(), held->held_until);
  clock.advance(std::chrono::milliseconds(250) - Duration(1));
  dispatcher->flush(clock.now());
  EXPECT_EQ(dispatcher->chunks_out(), 0U);
  clock.advance(Duration(1));
  dispatcher->flush(clock.now());
  ASSERT_GE(dispatcher->chunks_out(), 1U);
  Offsets got;
  while (dispatcher->chunks_out() > 0) {
    Chunk& chunk = next();
    for (const std::int64_t offset : fakes::claim_all(chunk)) got.push_back(offset);
    finish(chunk);
  }
  EXPECT_EQ(got, (Offsets{0, 1}));
}

TEST_F(DispatchWaiting, ABatchThatWaitsToFillAndIsHeldWaitsForTheLater) {
  make({.slots = 1,
        .max_chunks = 2,
        .batch_messages = 10,
        .batch_wait = std::chrono::milliseconds(50)});
  const auto p = lanes(Ordering::partition);
  p->held_until = clock.now() + std::chrono::milliseconds(20);
  add(p, fakes::run(0, 1));
  EXPECT_EQ(dispatcher->next_flush(), clock.now() + std::chrono::milliseconds(50));
  p->held_until = clock.now() + std::chrono::milliseconds(80);
  EXPECT_EQ(dispatcher->next_flush(), clock.now() + std::chrono::milliseconds(80));
}

TEST_F(DispatchWaiting, WhileHeldNoCallBeginsAndThoseThatHaveBegunEnd) {
  make({.slots = 1, .max_chunks = 2});
  const auto p = lanes(Ordering::partition);
  add(p, fakes::run(0, 3));
  Chunk& out = next();
  ASSERT_EQ(fakes::offsets(out, out.claim(2)), (Offsets{0, 1}));
  dispatcher->hold(true, clock.now());
  EXPECT_EQ(fakes::claim_all(out), Offsets{}) << "what no slot has begun is taken back";
  add(p, fakes::run(3, 1));
  finish(out);
  EXPECT_EQ(dispatcher->chunks_out(), 0U);
  EXPECT_FALSE(dispatcher->next_flush().has_value()) << "no time ends it";
  dispatcher->hold(false, clock.now());
  dispatcher->flush(clock.now());
  ASSERT_EQ(dispatcher->chunks_out(), 1U) << "nothing was forgotten meanwhile";
  Chunk& after = next();
  EXPECT_EQ(fakes::claim_all(after), (Offsets{2, 3}));
  finish(after);
}

TEST_F(DispatchWaiting, WhatIsHeldCanBeGivenBack) {
  make({.slots = 1, .max_chunks = 2});
  const auto p = lanes(Ordering::partition);
  dispatcher->hold(true, clock.now());
  add(p, fakes::run(0, 3));
  Offsets given_back;
  EXPECT_EQ(dispatcher->close(*p, [&](Item&& item) { given_back.push_back(item.offset.value); }),
            0U);
  EXPECT_EQ(given_back, (Offsets{0, 1, 2}));
}

}  // namespace
}  // namespace tidegate
