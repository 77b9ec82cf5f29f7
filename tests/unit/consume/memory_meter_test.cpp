// SPDX-License-Identifier: Apache-2.0
#include "host/consume/memory_meter.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_messages.hpp"

namespace tidegate {
namespace {

constexpr std::uint64_t kBeside = MemoryMeter::kBeside;

class MemoryMeterTest : public ::testing::Test {
 protected:
  // A message of `size` bytes at a place of the fetch buffer.
  FetchExtent* charge(FetchExtent* last, std::size_t at, std::size_t size) {
    return meter.charge(last, {}, {buffer.data() + at, size}, clock.now());
  }
  static Item held_by(FetchExtent* extent) {
    Item item;
    item.extent = extent;
    return item;
  }

  std::string buffer = std::string(8 << 20, 'x');
  fakes::FakeClock clock;
  MemoryMeter meter;
};

TEST_F(MemoryMeterTest, NeighboursInABufferShareItUntilTheLastIsGone) {
  FetchExtent* first = charge(nullptr, 0, 100);
  FetchExtent* second = charge(first, 120, 100);
  ASSERT_EQ(first, second);
  EXPECT_EQ(meter.bytes(), 220U + 2 * kBeside) << "what lies between them is held too";
  Item a = held_by(first);
  Item b = held_by(second);
  meter.release(a);
  EXPECT_EQ(meter.bytes(), 220U + kBeside) << "one message pins the whole stretch";
  meter.release(b);
  EXPECT_EQ(meter.bytes(), 0U);
}

TEST_F(MemoryMeterTest, AFarAddressIsAnotherBuffer) {
  FetchExtent* first = charge(nullptr, 0, 100);
  FetchExtent* second = charge(first, 500'000, 100);
  EXPECT_NE(first, second);
  EXPECT_EQ(meter.bytes(), 200U + 2 * kBeside);
  Item a = held_by(first);
  meter.release(a);
  EXPECT_EQ(meter.bytes(), 100U + kBeside);
  Item b = held_by(second);
  meter.release(b);
}

TEST_F(MemoryMeterTest, AStuckMessageDoesNotTakeInTheBuffersBehindItsOwn) {
  constexpr std::size_t kSize = 100'000;
  FetchExtent* const stuck = charge(nullptr, 0, kSize);
  FetchExtent* last = stuck;
  for (std::size_t at = kSize; at + kSize <= buffer.size(); at += kSize) {
    last = charge(last, at, kSize);
    Item done = held_by(last);
    meter.release(done);
  }
  EXPECT_LT(meter.bytes(), 2'000'000U);
  EXPECT_GE(meter.bytes(), 1'000'000U);
  Item item = held_by(stuck);
  meter.release(item);
  EXPECT_EQ(meter.bytes(), 0U);
}

TEST_F(MemoryMeterTest, AMessageWithoutBytesCostsOnlyWhatIsKeptBesideIt) {
  FetchExtent* first = charge(nullptr, 0, 100);
  EXPECT_EQ(meter.charge(first, {}, {}, clock.now()), first);
  EXPECT_EQ(meter.bytes(), 100U + 2 * kBeside);
}

TEST_F(MemoryMeterTest, AKeyCountsTwiceForItsLaneHasACopy) {
  Item item = held_by(meter.charge(nullptr, {buffer.data(), 30}, {buffer.data() + 30, 50}, {}));
  EXPECT_EQ(meter.bytes(), 30U + 80U + kBeside);
  meter.release(item);
  EXPECT_EQ(meter.bytes(), 0U);
}

TEST_F(MemoryMeterTest, ACopyCountsOnceForItselfAndForNoBuffer) {
  Item item = fakes::item(1, "key", "value");
  meter.copy_out(item);
  const std::uint64_t bytes = meter.bytes();
  EXPECT_GT(bytes, MemoryMeter::kBesideCopy + 3 + 8);
  meter.copy_out(item);
  EXPECT_EQ(meter.bytes(), bytes);
  meter.release(item);
  EXPECT_EQ(meter.bytes(), 0U);
  meter.release(item);
  EXPECT_EQ(meter.bytes(), 0U);
}

TEST_F(MemoryMeterTest, AfterTheLastIsGoneANewExtentBegins) {
  Item gone = held_by(charge(nullptr, 0, 100));
  FetchExtent* last = gone.extent;
  meter.release(gone);
  Item next = held_by(charge(last, 100, 50));
  EXPECT_EQ(meter.bytes(), 50U + kBeside);
  meter.release(next);
  EXPECT_EQ(meter.bytes(), 0U);
}

}  // namespace
}  // namespace tidegate
