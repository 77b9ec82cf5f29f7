// SPDX-License-Identifier: Apache-2.0
//
// Random walks over reading, handling, failing, releasing, passes and owners that follow one
// another with a resume map, with the real lanes, slot, router, completions, tracker and books;
// only the client is a vector of messages. Whatever the order of steps: nothing is lost, nothing is
// handled twice, nothing in a lane is overtaken, no attempt is early, the bound is kept and the
// books add up.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "host/consume/completions.hpp"
#include "host/consume/epoch_life.hpp"
#include "host/consume/outbox.hpp"
#include "host/consume/release.hpp"
#include "host/handle/slot.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_messages.hpp"
#include "tests/fakes/lonely_client.hpp"

namespace tidegate {
namespace {

using std::chrono::milliseconds;

struct Walk {
  unsigned seed;
  config::Ordering ordering;
  int keys;
  double failing;  // part of the messages that fail, up to three times
  int stuck_keys;  // that fail in every attempt until all others are through
  friend std::ostream& operator<<(std::ostream& out, const Walk& walk) { return out << walk.seed; }
};

class ReleaseModel : public ::testing::TestWithParam<Walk> {
 protected:
  static constexpr std::int64_t kMessages = 1500;
  static constexpr std::uint64_t kBound = 60;
  static constexpr std::int64_t kReadAtOnce = 15;

  struct Written {
    std::string key;  // empty: none
    int fails = 0;    // so many attempts; -1: for ever
    bool gone = false;
  };

  ReleaseModel() : random(GetParam().seed) {
    pipeline.name = "p";
    pipeline.group_id = "g";
    pipeline.ordering = GetParam().ordering;
    pipeline.retry.mode = config::RetryMode::in_place;
    pipeline.retry.max_retries = -1;
    pipeline.retry.delays = {milliseconds(5), milliseconds(20)};
    pipeline.dead_letter.enabled = false;
    policy.waits = CallPolicy::Waits::on_failure;
    for (std::int64_t i = 0; i < kMessages; ++i) {
      const int key = below(GetParam().keys + 1);
      Written message{key == 0 ? "" : "k" + std::to_string(key)};
      if (key > 0 && key <= GetParam().stuck_keys) message.fails = -1;
      else if (std::uniform_real_distribution<>(0, 1)(random) < GetParam().failing)
        message.fails = 1 + below(3);
      log.push_back(message);
    }
    epoch = begin_epoch(state, "t", Partition{0}, Position{0});
    (void)epoch->ownership.begin();
  }
  ~ReleaseModel() override {
    while (state.dispatcher.chunks_out() > 0) work();
    lose_epoch(state, *epoch);
  }

  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); }

  tidegate_status answer(const tidegate_message& view) {
    Written& message = log[static_cast<std::size_t>(view.offset)];
    EXPECT_EQ(view.attempt, ++attempts[view.offset]) << view.offset << ": counted on, never anew";
    const auto failed = failed_at.find(view.offset);
    if (failed != failed_at.end()) {
      EXPECT_GE(clock.now(), failed->second + milliseconds(5)) << "attempted early";
    }
    const bool fails = message.fails < 0 || static_cast<int>(view.attempt) <= message.fails;
    failed_at[view.offset] = clock.now();
    if (fails) return TIDEGATE_FALSE;
    handled[lane_of(message)].push_back(view.offset);
    return TIDEGATE_OK;
  }
  [[nodiscard]] std::string lane_of(const Written& message) const {
    return GetParam().ordering == config::Ordering::partition ? "all" : message.key;
  }

  static tidegate_status handle(void* self, const tidegate_message* message, tidegate_result*) {
    return static_cast<ReleaseModel*>(self)->answer(*message);
  }

  // As intake.cpp does it with messages of the client's.
  void read(std::int64_t most) {
    for (; most > 0 && reads_at < kMessages; --most, ++reads_at) {
      const Written& written = log[static_cast<std::size_t>(reads_at)];
      if (written.gone) continue;
      Item item = fakes::item(reads_at, written.key.empty() ? std::string_view() : written.key);
      const bool fresh = reads_at >= epoch->tracker.next().value;
      if (!fresh && !(epoch->released.passing() && take_in_pass(state, *epoch, item))) continue;
      if (fresh) {
        if (epoch->released.passing()) end_pass(state, *epoch);
        // Met only where the log has a gap in front of it: else reading goes on behind it.
        if (epoch->tracker.finished_earlier(item.offset)) {
          epoch->tracker.skip_to(position_after(item.offset));
          continue;
        }
        epoch->tracker.add(item.offset, item.offset, -1);
      }
      epoch->account.consume(1, 1);
      ++epoch->in_flight;
      std::vector<Item> items;
      items.push_back(std::move(item));
      if (fresh) release_with_their_lane(state, *epoch, items);
      state.dispatcher.add(epoch, items, clock.now());
    }
    if (reads_at < kMessages) return;
    // The end of the partition.
    if (epoch->released.passing()) end_pass(state, *epoch);
    epoch->tracker.skip_to(Position{kMessages});
  }

  // The partition goes to a new owner, who knows what was committed and nothing else.
  void new_owner() {
    while (state.dispatcher.chunks_out() > 0) work();
    const Position position = epoch->tracker.position();
    const FinishedRanges map = epoch->tracker.finished_ranges();
    handed_on += map.size();
    lose_epoch(state, *epoch);
    epoch = begin_epoch(state, "t", Partition{0}, position, map);
    (void)epoch->ownership.begin();
    reads_at = position.value;
    attempts.clear();
    failed_at.clear();
  }

  void work() {
    if (state.dispatcher.chunks_out() == 0) return;
    Chunk& chunk = *slots.pop();
    slot.work(chunk);
    settle_completions(state, completions, outbox);
    state.dispatcher.flush(clock.now());
  }

  void step() {
    switch (below(8)) {
      case 0:
      case 1:
        if (epoch->in_flight < kBound) read(below(kReadAtOnce) + 1);
        else
          releases += release_behind_parked(state, *epoch, static_cast<std::uint64_t>(below(3))) > 0
                          ? 1
                          : 0;
        break;
      case 2: clock.advance(milliseconds(below(8))); break;
      case 3:
        if (epoch->released.passing() || below(4) > 0) break;
        if (const auto at = epoch->released.begin_at(*epoch)) {
          begin_pass(*epoch, *at);
          reads_at = at->value;
          ++passes;
        }
        break;
      case 4:
        // Assigned anew: reading goes on where it had stopped.
        if (below(30) == 0) {
          new_owner();
          break;
        }
        if (below(40) > 0 || !epoch->released.passing()) break;
        epoch->released.abort_pass();
        reads_at = epoch->tracker.next().value;
        break;
      case 5: state.dispatcher.take_back_older_than(milliseconds(below(5)), clock.now()); break;
      default: work();
    }
    state.dispatcher.flush(clock.now());
    ASSERT_LE(epoch->in_flight, kBound + kReadAtOnce);
    const TopicAccount& account = epoch->account;
    ASSERT_EQ(account.consumed,
              std::accumulate(account.finished.begin(), account.finished.end(), std::uint64_t{0}) +
                  account.given_back[0] + account.given_back[1] + account.in_flight);
    ASSERT_EQ(account.in_flight, epoch->in_flight);
  }

  [[nodiscard]] std::uint64_t ok() const { return epoch->account.finished[0]; }
  // Whether nothing is left to do.
  [[nodiscard]] bool through() const {
    return epoch->tracker.next().value == kMessages && epoch->tracker.unfinished() == 0 &&
           epoch->released.empty();
  }
  void expect_order() const {
    for (const auto& [lane, offsets] : handled) {
      if (lane.empty() || GetParam().ordering == config::Ordering::none) continue;
      EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end())) << lane;
    }
  }
  [[nodiscard]] std::multiset<std::int64_t> all_handled() const {
    std::multiset<std::int64_t> all;
    for (const auto& [lane, offsets] : handled) all.insert(offsets.begin(), offsets.end());
    return all;
  }

  std::mt19937 random;
  config::Pipeline pipeline;
  CallPolicy policy;
  fakes::FakeClock clock;
  Wakeup wakeup;
  CompletionQueue completions{wakeup};
  ReadyQueue slots;
  DeadLetterLimiter limiter{1, 0};
  PauseSwitch pause{1};
  ConsumerState state{pipeline,
                      0,
                      Reads::sources,
                      clock,
                      fakes::lonely_client(),
                      DispatchPolicy{.slots = 2, .max_chunks = 4},
                      slots,
                      completions,
                      limiter,
                      pause};
  Outbox outbox{state, {"p", "g"}, wakeup};
  const tidegate_plugin table{
      sizeof(tidegate_plugin), 0, nullptr, nullptr, handle, nullptr, nullptr};
  Slot slot{table, this, policy, clock};
  std::vector<Written> log;
  PartitionEpochPtr epoch;
  std::int64_t reads_at = 0;
  std::map<std::int64_t, std::uint32_t> attempts;
  std::map<std::int64_t, MonotonicTime> failed_at;
  std::map<std::string, std::vector<std::int64_t>> handled;  // by lane, in order of time
  std::uint64_t handed_on = 0;                               // ranges of resume maps
  int releases = 0;
  int passes = 0;
};

constexpr int kSteps = 1'000'000;  // far more than any of these walks takes

TEST_P(ReleaseModel, Invariant6_NothingIsLostAndNothingInALaneIsOvertaken) {
  const auto others = static_cast<std::uint64_t>(
      std::count_if(log.begin(), log.end(), [](const Written& m) { return m.fails >= 0; }));
  for (int steps = 0; ok() < others && !HasFatalFailure(); ++steps) {
    ASSERT_LT(steps, kSteps) << "stuck keys starve the others, of which " << ok() << " of "
                             << others << " are through";
    step();
  }
  for (Written& message : log) message.fails = std::max(message.fails, 0);
  for (int steps = 0; !through() && !HasFatalFailure(); ++steps) {
    ASSERT_LT(steps, kSteps) << ok() << " are through, position "
                             << epoch->tracker.position().value;
    step();
  }
  EXPECT_EQ(ok(), static_cast<std::uint64_t>(kMessages));
  const auto all = all_handled();
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kMessages)) << "each once";
  EXPECT_EQ(std::set<std::int64_t>(all.begin(), all.end()).size(), all.size());
  expect_order();
  EXPECT_EQ(epoch->tracker.position().value, kMessages);
  EXPECT_EQ(state.memory.bytes(), 0U) << "nothing is remembered of it";
  if (GetParam().ordering != config::Ordering::partition) {
    EXPECT_GT(handed_on, 0U) << "else this shows nothing of maps";
  }
  if (GetParam().stuck_keys > 0) {
    EXPECT_GT(releases, 0) << "else this shows nothing";
    EXPECT_GT(passes, 0);
  }
}

TEST_P(ReleaseModel, WhatTheLogHasLostMeanwhileHoldsNothingUp) {
  for (int steps = 0; !through() && !HasFatalFailure(); ++steps) {
    ASSERT_LT(steps, kSteps) << "position " << epoch->tracker.position().value;
    // As a compacted topic does: any message, read or not, is gone by the next time it is read.
    if (steps % 20 == 0) log[static_cast<std::size_t>(below(kMessages))].gone = true;
    if (steps == kSteps / 10)
      for (Written& message : log) message.fails = std::max(message.fails, 0);
    step();
  }
  const auto all = all_handled();
  EXPECT_EQ(std::set<std::int64_t>(all.begin(), all.end()).size(), all.size()) << "none twice";
  for (std::int64_t i = 0; i < kMessages; ++i) {
    if (log[static_cast<std::size_t>(i)].gone) continue;
    EXPECT_EQ(all.count(i), 1U) << i;
  }
  expect_order();
}

INSTANTIATE_TEST_SUITE_P(Walks, ReleaseModel,
                         ::testing::Values(Walk{1, config::Ordering::key, 30, 0.05, 3},
                                           Walk{2, config::Ordering::key, 30, 0.3, 3},
                                           Walk{3, config::Ordering::key, 8, 0.1, 2},
                                           Walk{4, config::Ordering::key, 200, 0.2, 10},
                                           Walk{5, config::Ordering::key, 3, 0.02, 1},
                                           Walk{6, config::Ordering::partition, 5, 0.05, 0},
                                           Walk{7, config::Ordering::none, 5, 0.1, 0}),
                         [](const auto& walk) { return "Seed" + std::to_string(walk.param.seed); });

}  // namespace
}  // namespace tidegate
