// SPDX-License-Identifier: Apache-2.0
#include "host/base/kafka/partition_text.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>

#include "host/base/kafka/handles.hpp"

namespace tidegate::kafka {
namespace {

std::string text_of(std::initializer_list<std::pair<const char*, int>> places) {
  const PartitionList list = make_list(static_cast<int>(places.size()));
  for (const auto& [topic, partition] : places)
    rd_kafka_topic_partition_list_add(list.get(), topic, partition);
  return to_text(list.get());
}

TEST(PartitionText, RunsOfNumbersAreShownAsRanges) {
  EXPECT_EQ(text_of({{"t", 0}, {"t", 1}, {"t", 2}, {"t", 7}}), "t[0-2,7]");
  EXPECT_EQ(text_of({{"t", 4}, {"t", 3}, {"t", 9}, {"t", 11}}), "t[3-4,9,11]");
}

TEST(PartitionText, TopicsAreSortedWhateverTheOrderOfTheList) {
  EXPECT_EQ(text_of({{"b", 1}, {"a", 5}, {"b", 0}}), "a[5] b[0-1]");
}

TEST(PartitionText, AnEmptyListIsAnEmptyText) { EXPECT_EQ(text_of({}), ""); }

}  // namespace
}  // namespace tidegate::kafka
