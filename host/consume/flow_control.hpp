// SPDX-License-Identifier: Apache-2.0
//
// Keeps what is in flight within its bounds (invariant 8), by count and by bytes, and shares them:
// a partition may hold as much as is free. The only one of a consumer gets all; of several, one
// that is busy alone gets half, of n busy ones each gets an (n + 1)th, and something is always free
// for one that has nothing yet; so a stuck lane never takes all places. (The rule is Choudhury and
// Hahne's for shared buffers, "Dynamic queue length thresholds for shared-memory packet switches",
// 1998, with alpha = 1.) What may not be read of a partition stays in its own queue in the client.
// Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

struct FlowBounds {
  std::uint64_t messages = 0;  // this consumer's share of max_in_flight_messages
  std::uint64_t bytes = 0;     // and of max_in_flight_bytes
};

class FlowControl {
 public:
  FlowControl(ConsumerState& state, const FlowBounds& bounds);

  // Makes room where that is possible: copies what pins large buffers, and lets go of what stands
  // behind messages that wait in place. To be called before each round of reading.
  void make_room(MonotonicTime now);
  // How many messages of this partition may be read now.
  [[nodiscard]] std::uint32_t room(PartitionEpoch& epoch, MonotonicTime now) const;
  // Learns the size of messages, for the byte bound, and how many the client has fetched ahead.
  void learn(std::uint64_t messages, std::uint64_t bytes, std::uint64_t fetched_ahead);

 private:
  struct Held {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] static Held held_by(const PartitionEpoch& epoch);
  [[nodiscard]] Held free() const;
  [[nodiscard]] std::uint64_t messages_for(const PartitionEpoch& epoch) const;
  // What counts against the bound.
  [[nodiscard]] std::uint64_t bytes() const;
  void release_behind_what_waits();
  void copy_out_mostly_finished(MonotonicTime now);

  ConsumerState& state_;
  const FlowBounds bounds_;
  const std::uint64_t largest_batch_;
  double bytes_per_message_ = 0;
  std::uint64_t ahead_bytes_ = 0;  // room for what is around messages fetched ahead
  MonotonicTime next_copying_{};
};

}  // namespace tidegate
