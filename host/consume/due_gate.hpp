// SPDX-License-Identifier: Apache-2.0
//
// Retry topics: a message is handled when its delay is over, counted from when the broker appended
// it, and never before. The head of a partition is always due first. A head that is due soon is
// held; one that is due later has its partition paused and sought back to in time, so that waiting
// costs no memory (DESIGN §5). Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

// The brokers' clock, as far as it shows: ours, unless a broker was seen to be ahead of it. Steps
// of the wall clock while the host runs do not matter. Thread rule: [poll].
class BrokerClock {
 public:
  explicit BrokerClock(const Clock& clock);
  // A message with this append time was received.
  void saw(std::int64_t append_ms);
  // Unix milliseconds.
  [[nodiscard]] std::int64_t now_ms() const;

 private:
  const Clock& clock_;
  const std::int64_t base_ms_;
  const MonotonicTime base_;
  std::int64_t ahead_ms_ = 0;
};

class DueGate {
 public:
  explicit DueGate(ConsumerState& state) : state_(state), clock_(state.clock) {}

  // How many of these messages of a retry topic's partition may be held until they are due; what
  // comes behind is discarded, and its partition read again in time. 0 to items.size().
  [[nodiscard]] std::size_t admit(const PartitionEpochPtr& epoch, const std::vector<Item>& items);
  // Unix milliseconds at which the message is due.
  [[nodiscard]] static std::int64_t due_ms(const PartitionEpoch& epoch, const Item& item);
  // The same on the monotonic clock, or when not_before_ms (Unix milliseconds) is, if that is
  // later.
  [[nodiscard]] MonotonicTime due(const PartitionEpoch& epoch, const Item& item,
                                  std::int64_t not_before_ms) const;

  // Pauses what was put off, and lets what is due soon be read again. Between batches only.
  void tick();
  // Calls take(epoch, Item&&) for each message whose time has come.
  template <class Take>
  void take_due(Take take);
  // When tick() should be called at the latest; empty: nothing waits.
  [[nodiscard]] std::optional<MonotonicTime> next_due(MonotonicTime now) const;

 private:
  [[nodiscard]] bool is_due(const PartitionEpoch& epoch) const {
    const Item& head = epoch.held.front();
    if (state_.at_most_once() && position_after(head.offset) > epoch.committed) return false;
    return due_ms(epoch, head) < clock_.now_ms();
  }

  ConsumerState& state_;
  BrokerClock clock_;
};

template <class Take>
void DueGate::take_due(Take take) {
  state_.partitions.for_each([&](PartitionEpoch& epoch) {
    while (!epoch.held.empty() && is_due(epoch)) {
      Item item = std::move(epoch.held.front());
      epoch.held.pop_front();
      take(epoch, std::move(item));
    }
  });
}

}  // namespace tidegate
