// SPDX-License-Identifier: Apache-2.0
#include "host/app/demo/messages.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace tidegate::demo {
namespace {

// Bytes of one partition that the demo fills at most on average; the spread adds a few percent.
constexpr std::uint64_t kPartitionBytes = std::uint64_t{3'500} * 1024;
constexpr std::uint64_t kMinPartitions = 6;
constexpr std::uint64_t kCustomersPerPartition = 500;
constexpr std::uint64_t kHopelessEvery = 1'000;
constexpr std::array<std::string_view, 8> kArticles = {"lamp",  "chair", "kettle", "rope",
                                                       "clock", "spade", "mirror", "basket"};

}  // namespace

MessageGenerator::MessageGenerator(std::uint64_t seed, std::int32_t partitions)
    : random_(seed), partitions_(partitions) {}

DemoMessage MessageGenerator::next() {
  const auto partitions = static_cast<std::uint64_t>(partitions_);
  // Order by order to the next partition, so that none grows faster than the others.
  const std::uint64_t partition = order_ % partitions;
  const std::uint64_t customer = partition + partitions * (random_() % kCustomersPerPartition);
  const std::string_view article = kArticles.at(random_() % kArticles.size());
  const auto pieces = static_cast<unsigned>(1 + random_() % 9);
  const auto cents = static_cast<unsigned>(199 + random_() % 49'800);
  std::array<char, 160> value{};
  const int size = std::snprintf(
      value.data(), value.size(),
      R"({"order":%llu,"customer":%llu,"article":"%.*s","pieces":%u,)"
      R"("price":%u.%02u,"currency":"EUR"})",
      static_cast<unsigned long long>(order_), static_cast<unsigned long long>(customer),
      static_cast<int>(article.size()), article.data(), pieces, cents / 100, cents % 100);
  // Some orders fail on every attempt, so that the dead letter has something to show.
  const bool hopeless = order_ % kHopelessEvery == kHopelessEvery - 1;
  ++order_;
  return DemoMessage{static_cast<std::int32_t>(partition), "customer-" + std::to_string(customer),
                     std::string(value.data(), static_cast<std::size_t>(size)),
                     hopeless ? "fail" : ""};
}

std::int32_t partitions_for(std::uint64_t messages) {
  const std::uint64_t needed = messages * kMaxMessageBytes / kPartitionBytes + 1;
  return static_cast<std::int32_t>(std::max(needed, kMinPartitions));
}

}  // namespace tidegate::demo
