// SPDX-License-Identifier: Apache-2.0
#include "host/app/demo/messages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

namespace tidegate::demo {
namespace {

TEST(DemoMessages, AreTheSameForTheSameSeed) {
  MessageGenerator first(7, 6);
  MessageGenerator second(7, 6);
  MessageGenerator other(8, 6);
  bool differs = false;
  for (int n = 0; n < 100; ++n) {
    const DemoMessage a = first.next();
    const DemoMessage b = second.next();
    EXPECT_EQ(a.value, b.value);
    EXPECT_EQ(a.key, b.key);
    differs = differs || a.value != other.next().value;
  }
  EXPECT_TRUE(differs);
}

TEST(DemoMessages, AreJsonAndKeepAKeyInOnePartition) {
  MessageGenerator generator(1, 6);
  std::map<std::string, std::int32_t> partition_of;
  for (int n = 0; n < 20'000; ++n) {
    const DemoMessage message = generator.next();
    ASSERT_TRUE(nlohmann::json::accept(message.value)) << message.value;
    const auto [known, fresh] = partition_of.emplace(message.key, message.partition);
    EXPECT_EQ(known->second, message.partition) << message.key;
  }
  EXPECT_LT(partition_of.size(), 20'000U) << "no key came twice: nothing was tested";
}

TEST(DemoMessages, StayBelowWhatAMockPartitionKeeps) {
  constexpr std::uint64_t kMessages = 300'000;
  constexpr std::uint64_t kRecordOverhead =
      40;  // more than lengths, deltas and the batch's share take
  constexpr std::uint64_t kLimit = std::uint64_t{4} * 1024 * 1024;
  const std::int32_t partitions = partitions_for(kMessages);
  std::vector<std::uint64_t> bytes(static_cast<std::size_t>(partitions));
  MessageGenerator generator(42, partitions);
  for (std::uint64_t n = 0; n < kMessages; ++n) {
    const DemoMessage message = generator.next();
    const std::uint64_t size = message.key.size() + message.value.size() + kRecordOverhead;
    ASSERT_LE(size, kMaxMessageBytes) << message.value;
    bytes.at(static_cast<std::size_t>(message.partition)) += size;
  }
  EXPECT_LT(*std::max_element(bytes.begin(), bytes.end()), kLimit);
  EXPECT_GT(*std::min_element(bytes.begin(), bytes.end()), 0U);
}

TEST(DemoMessages, AFewStillTakeSeveralPartitions) { EXPECT_EQ(partitions_for(1), 6); }

}  // namespace
}  // namespace tidegate::demo
