// SPDX-License-Identifier: Apache-2.0
//
// Fills the demo's topic and knows how many of its messages the brokers acknowledged, so that the
// closing ledger can be compared with what was really there. Thread rule: [main]; blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace tidegate::demo {

struct FillPlan {
  std::string bootstrap_servers;
  std::string topic;
  std::int32_t partitions = 0;
  std::uint64_t messages = 0;
  std::uint64_t seed = 0;
};

// Produces the messages and waits until every one is acknowledged. keep_on is asked now and then;
// false ends it early. Returns how many were acknowledged; throws std::runtime_error when a message
// cannot be delivered.
[[nodiscard]] std::uint64_t fill(const FillPlan& plan, const std::function<bool()>& keep_on);

}  // namespace tidegate::demo
