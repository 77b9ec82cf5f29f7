// SPDX-License-Identifier: Apache-2.0
//
// What messages really take, by the allocator's own count, against what they are charged
// (memory_meter.hpp): with the real lanes, slot, router, completions and tracker, and a key of its
// own for each message, which takes the most. In the host this is what makes max_in_flight_bytes a
// bound (invariant 8).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "host/consume/release.hpp"
#include "tests/fakes/fake_messages.hpp"
#include "tests/fakes/heap.hpp"
#include "tests/unit/consume/in_place_consumer.hpp"

namespace tidegate {
namespace {

// Just above a power of two: the table of lanes is half empty.
constexpr std::int64_t kMessages = 40'000;

class MemoryCost : public ::testing::Test, protected InPlaceConsumer {
 protected:
  MemoryCost()
      : InPlaceConsumer(config::Ordering::key, {std::chrono::hours(1)},
                        DispatchPolicy{.slots = 1, .max_chunks = 1},
                        "a.topic.with.an.ordinary.name") {}
  ~MemoryCost() override { end(); }

  tidegate_status answer(const tidegate_message&) override { return answers; }

  // So many messages are read, each with another key, and attempted.
  void take(std::int64_t count, std::size_t key_bytes, std::size_t value_bytes) {
    constexpr std::int64_t kAtOnce = 500;
    const std::string value(value_bytes, 'v');
    for (std::int64_t i = 0; i < count;) {
      std::vector<Item> run;
      const Offset first{next};
      for (std::int64_t end = std::min(i + kAtOnce, count); i < end; ++i, ++next) {
        std::string key = std::to_string(i);
        key.insert(0, key_bytes - key.size(), '0');
        run.push_back(fakes::item(next, key, value));
        state.memory.copy_out(run.back());
      }
      const auto messages = run.size();
      epoch->tracker.add(first, Offset{next - 1}, -1);
      epoch->account.consume(messages, 1);
      epoch->in_flight += messages;
      state.dispatcher.add(epoch, run, clock.now());
      work_all();
    }
  }
  void work_all() {
    state.dispatcher.flush(clock.now());
    while (state.dispatcher.chunks_out() > 0) work();
  }

  // The heap, and what the meter says of it, from here on.
  void begin() {
    heap_before = static_cast<double>(fakes::heap_in_use().value_or(0));
    charged_before = state.memory.bytes();
  }
  [[nodiscard]] double heap_each() const {
    return (static_cast<double>(fakes::heap_in_use().value_or(0)) - heap_before) / kMessages;
  }
  [[nodiscard]] double charged_each() const {
    return static_cast<double>(state.memory.bytes() - charged_before) / kMessages;
  }
  // The charge is what is taken, and not much more: else the bound would keep out what has room.
  void expect_true_charge(const std::string& what) {
    RecordProperty(what, std::to_string(heap_each()) + " of " + std::to_string(charged_each()));
    EXPECT_LE(heap_each(), charged_each()) << what;
    EXPECT_GE(heap_each(), charged_each() * 0.75) << what;
  }

  tidegate_status answers = TIDEGATE_FALSE;
  std::int64_t next = 0;
  double heap_before = 0;
  std::uint64_t charged_before = 0;
};

class ParkedMessages : public MemoryCost,
                       public ::testing::WithParamInterface<std::pair<std::size_t, std::size_t>> {};

TEST_P(ParkedMessages, Invariant8_TakeWhatTheyAreCharged) {
  ASSERT_TRUE(fakes::heap_in_use()) << "needs tcmalloc, which the release build links";
  const auto [key_bytes, value_bytes] = GetParam();
  begin();
  take(kMessages, key_bytes, value_bytes);
  ASSERT_EQ(epoch->parked(), static_cast<std::uint64_t>(kMessages));
  expect_true_charge("after one attempt");
  clock.advance(std::chrono::hours(1));
  work_all();
  ASSERT_EQ(epoch->parked(), static_cast<std::uint64_t>(kMessages));
  expect_true_charge("after two");

  answers = TIDEGATE_OK;
  clock.advance(std::chrono::hours(1));
  work_all();
  ASSERT_EQ(epoch->in_flight, 0U);
  EXPECT_EQ(state.memory.bytes(), 0U);
  EXPECT_LT(heap_each(), 60) << "what is over gives its memory back";
}

TEST_P(ParkedMessages, Invariant8_OfThoseReleasedBehindThemAKeyIsLeft) {
  ASSERT_TRUE(fakes::heap_in_use()) << "needs tcmalloc, which the release build links";
  const auto [key_bytes, value_bytes] = GetParam();
  take(kMessages, key_bytes, value_bytes);
  begin();
  for (int round = 0; round < 3; ++round) take(kMessages, key_bytes, value_bytes);
  EXPECT_EQ(release_behind_parked(state, *epoch, 0), 3U * kMessages);
  ASSERT_EQ(epoch->in_flight, static_cast<std::uint64_t>(kMessages));
  expect_true_charge("released");
}

INSTANTIATE_TEST_SUITE_P(KeyAndValueBytes, ParkedMessages,
                         ::testing::Values(std::pair{7, 100}, std::pair{15, 0}, std::pair{36, 500},
                                           std::pair{200, 3'000}),
                         [](const auto& of) {
                           return std::to_string(of.param.first) + "And" +
                                  std::to_string(of.param.second);
                         });

}  // namespace
}  // namespace tidegate
