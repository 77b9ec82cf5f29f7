// SPDX-License-Identifier: Apache-2.0
//
// Asks the brokers for the end of every partition we own, paused ones included, because what the
// client has cached of a partition it does not fetch stands still. One question at a time, without
// waiting. Also judges from the answers whether the consumer has caught up. Thread rule: [poll] of
// the owning consumer.
#pragma once

#include "host/consume/consumer_state.hpp"

namespace tidegate {

class LagProbe {
 public:
  // Between two questions.
  explicit LagProbe(ConsumerState& state, Duration interval) : state_(state), interval_(interval) {}

  void tick(MonotonicTime now);
  // The answer to a question of tick().
  void answered(rd_kafka_event_t* event, MonotonicTime now);
  // When tick() has something to do next.
  [[nodiscard]] MonotonicTime next_due() const {
    return asking_ ? MonotonicTime::max() : asked_at_ + interval_;
  }
  // Every position has been at the end that a reader can reach for a second, and nothing is in
  // flight.
  [[nodiscard]] bool caught_up(MonotonicTime now) const;

  // Messages between the committed position and the end; negative: not known yet.
  [[nodiscard]] static std::int64_t lag_messages(const PartitionEpoch& epoch);

 private:
  [[nodiscard]] bool at_end() const;

  ConsumerState& state_;
  const Duration interval_;
  MonotonicTime asked_at_{};
  bool asking_ = false;
  MonotonicTime at_end_since_{};  // zero: it is not
  std::uint64_t changes_at_end_ = 0;
};

}  // namespace tidegate
