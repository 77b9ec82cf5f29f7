// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "tests/unit/dispatch/dispatch_fixture.hpp"

namespace tidegate {
namespace {

TEST_F(Dispatch, Invariant6_OneChunkOfAPartitionLaneIsOutAtATime) {
  make({.slots = 4, .max_chunks = 8});
  const auto p = lanes(Ordering::partition);
  add(p, fakes::run(0, 100));
  EXPECT_EQ(dispatcher->chunks_out(), 1U);
  Chunk& first = next();
  const Offsets got = fakes::claim_all(first);
  add(p, fakes::run(100, 5));
  EXPECT_EQ(dispatcher->chunks_out(), 1U) << "later messages wait for their lane";
  finish(first);
  Chunk& second = next();
  EXPECT_EQ(fakes::claim_all(second).front(), got.back() + 1);
  finish(second);
  while (dispatcher->chunks_out() > 0) {
    Chunk& rest = next();
    fakes::claim_all(rest);
    finish(rest);
  }
}

TEST_F(Dispatch, KeysRunBesideEachOtherAndEachKeepsItsOrder) {
  make({.slots = 2, .max_chunks = 4});
  const auto p = lanes(Ordering::key);
  add(p, fakes::keyed(0, {"a", "b", "a", "a"}));
  Chunk& first = next();
  Chunk& second = next();
  EXPECT_EQ(fakes::claim_all(first), (Offsets{0, 2})) << "half of what is ready, for two slots";
  EXPECT_EQ(fakes::claim_all(second), (Offsets{1})) << "the rest of a waits behind a";
  add(p, fakes::keyed(4, {"b", "c"}));
  Chunk& third = next();
  EXPECT_EQ(fakes::claim_all(third), (Offsets{5})) << "b is still running, c is free";
  finish(first);
  Chunk& fourth = next();
  EXPECT_EQ(fakes::claim_all(fourth), (Offsets{3}));
  finish(second);
  Chunk& fifth = next();
  EXPECT_EQ(fakes::claim_all(fifth), (Offsets{4}));
  finish(third);
  finish(fourth);
  finish(fifth);
  EXPECT_EQ(p->queued(), 0U);
}

TEST_F(Dispatch, AMessageWithoutKeyHasNoLane) {
  make({.slots = 2, .max_chunks = 4});
  const auto p = lanes(Ordering::key);
  add(p, fakes::run(0, 2));
  Chunk& first = next();
  Chunk& second = next();
  EXPECT_EQ(fakes::claim_all(first), (Offsets{0}));
  EXPECT_EQ(fakes::claim_all(second), (Offsets{1}));
  finish(first);
  finish(second);
}

TEST_F(Dispatch, AnEmptyKeyIsAKey) {
  make({.slots = 2, .max_chunks = 4});
  const auto p = lanes(Ordering::key);
  std::vector<Item> run;
  run.push_back(fakes::item(0, std::string_view("", 0)));
  run.push_back(fakes::item(1, std::string_view("", 0)));
  add(p, std::move(run));
  EXPECT_EQ(dispatcher->chunks_out(), 1U) << "both are of one lane";
  Chunk& chunk = next();
  EXPECT_EQ(fakes::claim_all(chunk), (Offsets{0, 1}));
  finish(chunk);
}

TEST_F(Dispatch, WhatWasTakenBackRunsAgainInOrder) {
  make({.slots = 1, .max_chunks = 2});
  const auto p = lanes(Ordering::partition);
  add(p, fakes::run(0, 10));
  Chunk& stuck = next();
  EXPECT_EQ(fakes::offsets(stuck, stuck.claim(3)), (Offsets{0, 1, 2}));
  clock.advance(std::chrono::seconds(2));
  dispatcher->take_back_older_than(std::chrono::seconds(1), clock.now());
  dispatcher->flush(clock.now());
  EXPECT_EQ(stuck.claim(10).count, 0U);
  EXPECT_EQ(dispatcher->chunks_out(), 1U) << "the lane waits for the call that runs";
  EXPECT_EQ(p->queued(), 7U);
  finish(stuck);
  Chunk& again = next();
  EXPECT_EQ(fakes::claim_all(again), (Offsets{3, 4, 5, 6, 7, 8, 9}));
  finish(again);
}

TEST_F(Dispatch, AChunkGivenBackEarlyGoesOnWhereItStopped) {
  make({.slots = 1, .max_chunks = 2});
  const auto p = lanes(Ordering::key);
  add(p, fakes::keyed(0, {"a", "a", "a"}));
  Chunk& chunk = next();
  EXPECT_EQ(fakes::offsets(chunk, chunk.claim(1)), (Offsets{0}));
  finish(chunk);
  Chunk& rest = next();
  EXPECT_EQ(fakes::claim_all(rest), (Offsets{1, 2}));
  finish(rest);
}

TEST_F(Dispatch, ClosingGivesEverythingBackThatNoCallHasBegun) {
  make({.slots = 1, .max_chunks = 2});
  const auto p = lanes(Ordering::partition);
  add(p, fakes::run(0, 30));
  Chunk& chunk = next();
  (void)chunk.claim(2);
  std::set<std::int64_t> given_back;
  const std::uint64_t begun =
      dispatcher->close(*p, [&](Item&& item) { given_back.insert(item.offset.value); });
  EXPECT_EQ(begun, 2U);
  EXPECT_EQ(given_back.size(), 28U);
  EXPECT_EQ(*given_back.begin(), 2);
  EXPECT_EQ(chunk.claim(1).count, 0U);
  finish(chunk);
  EXPECT_EQ(dispatcher->chunks_out(), 0U);
}

TEST_F(Dispatch, ABatchWaitsToFillButNotForEver) {
  make({.slots = 1,
        .max_chunks = 2,
        .batch_messages = 10,
        .batch_wait = std::chrono::milliseconds(50)});
  const auto p = lanes(Ordering::partition);
  add(p, fakes::run(0, 3));
  EXPECT_EQ(dispatcher->chunks_out(), 0U);
  EXPECT_EQ(dispatcher->next_flush(), clock.now() + std::chrono::milliseconds(50));
  clock.advance(std::chrono::milliseconds(50));
  dispatcher->flush(clock.now());
  Chunk& chunk = next();
  EXPECT_EQ(fakes::claim_all(chunk), (Offsets{0, 1, 2}));
  finish(chunk);
}

TEST_F(Dispatch, WhetherBatchesAreFilledIsTheMatterOfTheVersionThatHandles) {
  make({.slots = 1,
        .max_chunks = 4,
        .batch_messages = 1,
        .batch_wait = std::chrono::milliseconds(50)});
  const auto p = lanes(Ordering::none);
  add(p, fakes::run(0, 1));
  ASSERT_EQ(dispatcher->chunks_out(), 1U) << "it has no batches, so there is nothing to wait for";
  Chunk& first = next();
  fakes::claim_all(first);
  finish(first);
  dispatcher->set_batch_messages(10);
  add(p, fakes::run(1, 1));
  EXPECT_EQ(dispatcher->chunks_out(), 0U);
  clock.advance(std::chrono::milliseconds(50));
  dispatcher->flush(clock.now());
  ASSERT_EQ(dispatcher->chunks_out(), 1U);
  Chunk& second = next();
  fakes::claim_all(second);
  finish(second);
}

TEST_F(Dispatch, PartitionsTakeTurns) {
  make({.slots = 1, .max_chunks = 2});
  const auto busy = lanes(Ordering::none);
  const auto small = lanes(Ordering::none);
  std::vector<Item> many = fakes::run(0, 500);
  dispatcher->add(busy, many, clock.now());
  std::vector<Item> one = fakes::run(7, 1);
  dispatcher->add(small, one, clock.now());
  dispatcher->flush(clock.now());
  Chunk& first = next();
  Chunk& second = next();
  EXPECT_EQ(first.source, busy);
  EXPECT_EQ(second.source, small);
  dispatcher->close(*busy, [](Item&&) {});
  fakes::claim_all(second);
  finish(first);
  finish(second);
}

// Random keys, chunk sizes, early returns and take-backs: nothing is lost, nothing is doubled, and
// nothing in a lane is overtaken.
TEST_F(Dispatch, Invariant6_OrderIsKeptWhereItWasPromisedOverRandomRuns) {
  constexpr std::int64_t kMessages = 3000;
  make({.slots = 3, .max_chunks = 6});
  std::mt19937 random(7);
  const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  const auto p = lanes(Ordering::key);
  std::map<std::int64_t, std::string> key_of;
  std::map<std::string, Offsets> handled;
  std::vector<Chunk*> held;
  std::int64_t sent = 0;
  std::size_t done = 0;
  while (done < kMessages) {
    if (sent < kMessages) {
      std::vector<Item> run;
      for (int i = below(40); i >= 0 && sent < kMessages; --i, ++sent) {
        key_of[sent] = "k" + std::to_string(below(12));
        run.push_back(fakes::item(sent, key_of[sent]));
      }
      add(p, std::move(run));
    }
    while (held.size() < dispatcher->chunks_out()) held.push_back(queue.pop());
    if (below(10) == 0) dispatcher->take_back_older_than(Duration::zero(), clock.now());
    ASSERT_FALSE(held.empty());
    std::swap(held[static_cast<std::size_t>(below(static_cast<int>(held.size())))], held.back());
    Chunk& chunk = *held.back();
    held.pop_back();
    for (const std::int64_t offset :
         fakes::offsets(chunk, chunk.claim(static_cast<std::uint32_t>(below(30) + 1)))) {
      handled[key_of[offset]].push_back(offset);
      ++done;
    }
    finish(chunk);
  }
  for (const auto& [key, offsets] : handled) {
    EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end())) << key;
    EXPECT_EQ(std::set<std::int64_t>(offsets.begin(), offsets.end()).size(), offsets.size()) << key;
  }
  for (Chunk* chunk : held) finish(*chunk);
}

}  // namespace
}  // namespace tidegate
