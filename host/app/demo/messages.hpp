// SPDX-License-Identifier: Apache-2.0
//
// The messages of the demo: small JSON orders with a customer as key. The same seed gives the same
// messages. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace tidegate::demo {

struct DemoMessage {
  std::int32_t partition = 0;
  std::string key;
  std::string value;
  std::string fate;  // for the plugin `flaky`, in header `flaky`; empty: none
};

class MessageGenerator {
 public:
  // Spread evenly over the partitions; a key always lies in the same one. REQUIRES: partitions > 0.
  MessageGenerator(std::uint64_t seed, std::int32_t partitions);
  [[nodiscard]] DemoMessage next();

 private:
  std::mt19937_64 random_;
  const std::int32_t partitions_;
  std::uint64_t order_ = 0;
};

// The most that one message takes in a partition's log: key, value and what the record format adds.
inline constexpr std::uint64_t kMaxMessageBytes = 192;

// So many partitions that each stays below what the mock cluster keeps (5 MiB; it silently drops
// the oldest beyond), with room for an uneven spread.
[[nodiscard]] std::int32_t partitions_for(std::uint64_t messages);

}  // namespace tidegate::demo
