// SPDX-License-Identifier: Apache-2.0
//
// How many messages one chunk gets: few enough that a chunk takes about two milliseconds, so that
// lanes share the slots fairly and a stop is quick; many enough that the hand-over costs nothing
// per message. Thread rule: [poll] of the owning consumer.
#pragma once

#include <algorithm>
#include <cstdint>

#include "host/base/clock.hpp"

namespace tidegate {

class ChunkSizer {
 public:
  // A chunk of `messages` took this long in the handler.
  void learn(std::uint32_t messages, Duration handling) {
    if (messages == 0) return;
    const double sample = static_cast<double>(handling.count()) / messages;
    constexpr double kWeight = 0.25;
    per_message_ns_ = known_ ? per_message_ns_ + kWeight * (sample - per_message_ns_) : sample;
    known_ = true;
  }

  // ready: messages that may start now; sharers: slots that could work on them at once, at least 1;
  // batch: messages of one handle_batch call.
  [[nodiscard]] std::uint32_t size(std::uint64_t ready, std::uint64_t sharers,
                                   std::uint32_t batch) const {
    const double wanted = known_ ? kTargetNs / std::max(per_message_ns_, 1.0) : kFirst;
    const auto by_time = static_cast<std::uint64_t>(std::clamp(wanted, 1.0, kMost));
    const std::uint64_t by_share = (ready + sharers - 1) / sharers;
    return static_cast<std::uint32_t>(
        std::max({std::min(by_time, by_share), std::uint64_t{batch}, std::uint64_t{1}}));
  }

 private:
  static constexpr double kTargetNs = 2e6;
  static constexpr double kFirst = 16;  // before anything is known
  static constexpr double kMost = 2048;
  double per_message_ns_ = 0;
  bool known_ = false;
};

}  // namespace tidegate
