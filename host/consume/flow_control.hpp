// SPDX-License-Identifier: Apache-2.0
//
// Keeps what is in flight within its bounds (invariant 8), by count and by bytes, and shares the
// bound fairly: of several partitions one may hold at most the larger of a quarter and twice its
// even share, and never more than half, so that one stuck lane never takes all places. At the bound
// the poll thread first waits for completions, and only when that is not enough it pauses
// partitions: a pause throws away what was prefetched. Thread rule: [poll] of the owning consumer,
// between batches.
#pragma once

#include <cstdint>
#include <vector>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

struct FlowBounds {
  std::uint64_t messages = 0;  // this consumer's share of max_in_flight_messages
  std::uint64_t bytes = 0;     // and of max_in_flight_bytes
};

class FlowControl {
 public:
  FlowControl(ConsumerState& state, const FlowBounds& bounds);

  // What the poll thread should do next.
  enum class Advice : std::uint8_t { read, wait };
  // Pauses and resumes partitions as needed. `wait`: the bound is reached, wait for completions a
  // little before asking again; a second answer later in time may pause instead.
  [[nodiscard]] Advice update(MonotonicTime now);
  // How many messages the next batch may have. Read after update().
  [[nodiscard]] std::uint32_t batch_limit() const { return batch_limit_; }
  // Learns the size of messages, for the byte bound, and how many the client has fetched ahead.
  void learn(std::uint64_t messages, std::uint64_t bytes, std::uint64_t fetched_ahead);
  [[nodiscard]] std::uint32_t paused() const;

 private:
  struct Held {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Held cap_per_partition() const;
  [[nodiscard]] static Held held_by(const PartitionEpoch& epoch);
  [[nodiscard]] static Held parked_of(const PartitionEpoch& epoch);
  [[nodiscard]] static bool eased(const PartitionEpoch& epoch, const Held& cap);
  [[nodiscard]] bool others_have_room(const Held& cap) const;
  // What counts against the bound.
  [[nodiscard]] std::uint64_t bytes() const;
  void release_at_the_bound(const Held& cap);
  void set_paused(const std::vector<PartitionEpochPtr>& epochs, bool pause);
  void copy_out_mostly_finished(MonotonicTime now);

  ConsumerState& state_;
  const FlowBounds bounds_;
  const std::uint32_t largest_batch_;
  std::uint32_t batch_limit_;
  double bytes_per_message_ = 0;
  std::uint64_t ahead_bytes_ = 0;  // room for what is around messages fetched ahead
  MonotonicTime full_since_{};     // since when the bound is reached; zero: it is not
  MonotonicTime next_copying_{};
};

}  // namespace tidegate
