// SPDX-License-Identifier: Apache-2.0
//
// How much memory messages hold. A message of librdkafka's pins the whole fetch buffer it lies in,
// so what counts is not its size but the stretch of that buffer that its neighbours share with it:
// an extent, held until the last of its messages is gone. A copy counts for itself. Besides, each
// message takes room in our own structures, which for small messages is most of what it takes.
//
// librdkafka does not tell which buffer a message is in. Consecutive messages of one partition lie
// one behind the other in a buffer, so an address near the end of the last one belongs to its
// extent. Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "host/base/clock.hpp"
#include "host/handle/chunk.hpp"

namespace tidegate {

struct FetchExtent {
  std::uint32_t live = 0;   // messages not yet gone
  std::uint32_t total = 0;  // messages ever
  std::uint64_t bytes = 0;
  const char* end = nullptr;  // of the last message's bytes
  MonotonicTime arrived;
  FetchExtent* next = nullptr;  // unused ones
};

class MemoryMeter {
 public:
  // What a message takes beside its bytes. memory_meter.cpp holds these figures to the structures
  // they stand for, tests/unit/consume/memory_cost_test.cpp to what the allocator gives out.
  //
  // librdkafka's structure around it (304 bytes of 2.14).
  static constexpr std::uint64_t kOfClient = 320;
  // Its place among those that wait: at most a lane of its own, and its part of their table.
  static constexpr std::uint64_t kPlace = 144;
  // What a copy may have besides: mostly it is one because it waits for its next attempt, and so it
  // knows its attempts, and its lane is listed as parked.
  static constexpr std::uint64_t kAttempts = 112;

  static constexpr std::uint64_t kBeside = kOfClient + kPlace;
  static constexpr std::uint64_t kBesideCopy = kPlace + kAttempts;

  // Charges a message that came behind `last` (the extent of its partition's previous message, or
  // null) and returns its extent, which is `last` when they share a buffer.
  FetchExtent* charge(FetchExtent* last, kafka::Bytes key, kafka::Bytes value, MonotonicTime now);
  // Replaces a message by a copy that pins nothing else. A copy that counts already stays.
  void copy_out(Item& item);
  // The message is gone, or about to go. Sets item.extent to null.
  void release(Item& item) {
    FetchExtent* extent = std::exchange(item.extent, nullptr);
    if (extent == nullptr) {
      if (item.message.is_copy()) bytes_ -= item.message.take_charge();
      return;
    }
    bytes_ -= kBeside;
    if (--extent->live == 0) drop(extent);
  }

  // What is remembered of released messages counts too.
  void remember(std::uint64_t bytes) { remembered_ += bytes; }
  void forget(std::uint64_t bytes) { remembered_ -= bytes; }

  // Memory that belongs to a message without being it: what its handler emitted.
  void add(std::uint64_t bytes) { bytes_ += bytes; }
  // REQUIRES: was added.
  void subtract(std::uint64_t bytes) { bytes_ -= bytes; }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_ + remembered_; }
  // Without what is only remembered, and that.
  [[nodiscard]] std::uint64_t message_bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t remembered_bytes() const { return remembered_; }

 private:
  FetchExtent* make(MonotonicTime now);
  void drop(FetchExtent* extent);

  std::uint64_t bytes_ = 0;  // of messages
  std::uint64_t remembered_ = 0;
  std::deque<FetchExtent> extents_;
  FetchExtent* unused_ = nullptr;
};

}  // namespace tidegate
