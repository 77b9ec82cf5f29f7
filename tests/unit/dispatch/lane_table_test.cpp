// SPDX-License-Identifier: Apache-2.0
#include "host/dispatch/lane_table.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/fakes/fake_messages.hpp"

namespace tidegate {
namespace {

std::vector<std::int64_t> offsets(ItemQueue& queue) {
  std::vector<std::int64_t> found;
  queue.for_each([&](const Item& item) { found.push_back(item.offset.value); });
  return found;
}

TEST(LaneTable, FindsALaneByTheBytesOfItsKey) {
  LaneTable table;
  EXPECT_EQ(table.find("a"), nullptr);
  Lane& a = table.find_or_add("a");
  Lane& longer = table.find_or_add(std::string_view("a\0b", 3));
  Lane& empty = table.find_or_add("");
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.find("a"), &a);
  EXPECT_EQ(&table.find_or_add("a"), &a);
  EXPECT_EQ(table.find(std::string_view("a\0b", 3)), &longer);
  EXPECT_EQ(table.find(""), &empty);
  table.remove(a);
  EXPECT_EQ(table.find("a"), nullptr);
  EXPECT_EQ(table.find(""), &empty);
}

TEST(LaneTable, ALaneWithoutAKeyIsNeverFound) {
  LaneTable table;
  Lane& lane = table.add_without_key();
  EXPECT_EQ(table.find(""), nullptr);
  EXPECT_NE(&table.find_or_add(""), &lane);
  table.remove(lane);
  EXPECT_EQ(table.size(), 1U);
}

TEST(LaneTable, GrowsAndShrinksAndLosesNone) {
  constexpr int kLanes = 50'000;
  LaneTable table;
  std::vector<Lane*> lanes;
  for (int i = 0; i < kLanes; ++i) lanes.push_back(&table.find_or_add(std::to_string(i)));
  const auto all = [&] {
    std::set<std::string> keys;
    table.for_each([&](const Lane& lane) { keys.insert(lane.key); });
    return keys.size();
  };
  EXPECT_EQ(all(), static_cast<std::size_t>(kLanes));
  for (int i = 0; i < kLanes; ++i) {
    if (i % 1'000 != 0) table.remove(*lanes[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(all(), 50U);
  for (int i = 0; i < kLanes; ++i) {
    Lane* const expected = i % 1'000 == 0 ? lanes[static_cast<std::size_t>(i)] : nullptr;
    ASSERT_EQ(table.find(std::to_string(i)), expected) << i;
  }
}

TEST(ItemQueue, KeepsItsOrderWhenItsRingGrowsAndGivesRoomBack) {
  ItemQueue queue;
  EXPECT_EQ(queue.capacity(), 1U) << "one message needs no ring";
  for (std::int64_t i = 2; i < 40; ++i) queue.push_back(fakes::item(i));
  queue.push_front(fakes::item(1));
  queue.push_front(fakes::item(0));
  EXPECT_GE(queue.capacity(), 40U);
  while (queue.size() > 3) (void)queue.pop_back();
  queue.fit();
  EXPECT_EQ(queue.capacity(), 4U);
  EXPECT_EQ(offsets(queue), (std::vector<std::int64_t>{0, 1, 2}));
  while (queue.size() > 1) (void)queue.pop_back();
  queue.fit();
  EXPECT_EQ(queue.capacity(), 1U);
  EXPECT_EQ(offsets(queue), (std::vector<std::int64_t>{0}));
  queue.push_back(fakes::item(1));
  EXPECT_EQ(queue.pop_front().offset, Offset{0});
  EXPECT_EQ(queue.pop_front().offset, Offset{1});
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace tidegate
