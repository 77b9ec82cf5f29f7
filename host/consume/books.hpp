// SPDX-License-Identifier: Apache-2.0
//
// The consumer's ledger, one account per topic. Every message that is consumed is entered once and
// ends once, so that at any instant  consumed = finished + given back + in flight  (invariant 5).
// Thread rule: [poll] of the owning consumer; others see it through its snapshot.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "host/base/outcome.hpp"

namespace tidegate {

struct TopicAccount {
  std::string topic;
  std::uint64_t consumed = 0;
  std::uint64_t consumed_bytes = 0;
  std::array<std::uint64_t, kOutcomeCount> finished{};
  std::array<std::uint64_t, kGivenBackCount> given_back{};
  std::uint64_t in_flight = 0;
  std::array<std::uint64_t, kErrorKindCount> dead_letters{};  // written, by kind
  std::uint64_t retries_exhausted = 0;

  void consume(std::uint64_t messages, std::uint64_t bytes) {
    consumed += messages;
    consumed_bytes += bytes;
    in_flight += messages;
  }
  void finish(Outcome outcome, std::uint64_t messages) {
    finished[static_cast<std::size_t>(outcome)] += messages;
    in_flight -= messages;
  }
  void give_back(GivenBack reason, std::uint64_t messages) {
    given_back[static_cast<std::size_t>(reason)] += messages;
    in_flight -= messages;
  }
};

class Books {
 public:
  // The account of a topic, made on first use; its address stays.
  [[nodiscard]] TopicAccount& of(std::string_view topic) {
    const auto known = accounts_.find(topic);
    if (known != accounts_.end()) return known->second;
    return accounts_.emplace(topic, TopicAccount{.topic = std::string(topic)}).first->second;
  }
  [[nodiscard]] std::uint64_t in_flight() const {
    std::uint64_t sum = 0;
    for (const auto& [topic, account] : accounts_) sum += account.in_flight;
    return sum;
  }
  [[nodiscard]] const std::map<std::string, TopicAccount, std::less<>>& accounts() const {
    return accounts_;
  }

 private:
  std::map<std::string, TopicAccount, std::less<>> accounts_;
};

}  // namespace tidegate
