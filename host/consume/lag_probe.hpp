// SPDX-License-Identifier: Apache-2.0
//
// Asks the brokers for the end of every partition we own, paused ones included, because what the
// client has cached of a partition it does not fetch stands still. One question at a time, without
// waiting. Such a question also wakes the client's threads: one that found nothing to fetch sleeps
// for up to a second, and hears neither of a resumed partition nor of an assignment that kept what
// it had (librdkafka 2.14.2; seen as 0.9 s without a message at rebalances). So it is asked then,
// too. Also judges from the answers whether the consumer has caught up. Thread rule: [poll]
// of the owning consumer.
#pragma once

#include <utility>
#include <vector>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

class LagProbe {
 public:
  // Between two questions.
  explicit LagProbe(ConsumerState& state, Duration interval);

  void tick(MonotonicTime now);
  // The answer to a question of tick().
  void answered(rd_kafka_event_t* event, MonotonicTime now);
  // Partitions whose log ends before the place where reading had been when it was asked: cut, or
  // the topic was made anew. What the client fetches there would be something else.
  [[nodiscard]] std::vector<PartitionEpochPtr> take_cut() { return std::exchange(cut_, {}); }
  // When tick() has something to do next.
  [[nodiscard]] MonotonicTime next_due() const {
    if (asking_) return MonotonicTime::max();
    return asked_at_ + (state_.fetches_anew ? kSoonest : interval_);
  }
  // What is read now has been read to the end that was told last. Between two fetches of a backlog
  // it has not, though nothing may be in flight. Retries that are not due yet do not count.
  [[nodiscard]] bool nothing_to_fetch() const;
  // Every position has been at the end that a reader can reach for a second, and nothing is in
  // flight.
  [[nodiscard]] bool caught_up(MonotonicTime now) const;

  // Messages between the committed position and the end; negative: not known yet.
  [[nodiscard]] static std::int64_t lag_messages(const PartitionEpoch& epoch);

 private:
  static constexpr Duration kSoonest = std::chrono::milliseconds(20);

  [[nodiscard]] bool at_end() const;

  ConsumerState& state_;
  const Duration interval_;
  const rd_kafka_IsolationLevel_t isolation_;  // that the client reads at
  MonotonicTime asked_at_{};
  bool asking_ = false;
  MonotonicTime at_end_since_{};  // zero: it is not
  std::uint64_t changes_at_end_ = 0;
  std::vector<PartitionEpochPtr> cut_;
};

}  // namespace tidegate
