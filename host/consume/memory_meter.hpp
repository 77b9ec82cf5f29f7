// SPDX-License-Identifier: Apache-2.0
//
// How much memory messages hold. A message of librdkafka's pins the whole fetch buffer it lies in,
// so what counts is not its size but the stretch of that buffer that its neighbours share with it:
// an extent, held until the last of its messages is gone. A copy counts for itself.
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
  // What a message takes beside its bytes: librdkafka's structure around it, and ours.
  static constexpr std::uint64_t kBeside = 256;
  // And a copy: it has an extent of its own, and what waits long enough to become one mostly waits
  // for its next attempt, with a lane and its ring, or for an acknowledgement (measured: 600 bytes
  // in all).
  static constexpr std::uint64_t kBesideCopy = 256;

  // Charges a message that came behind `last` (the extent of its partition's previous message, or
  // null) and returns its extent, which is `last` when they share a buffer.
  FetchExtent* charge(FetchExtent* last, kafka::Bytes key, kafka::Bytes value, MonotonicTime now);
  // Replaces a queued message by a copy that pins nothing else.
  void copy_out(Item& item, MonotonicTime now);
  // The message is gone. Sets item.extent to null.
  void release(Item& item) {
    FetchExtent* extent = std::exchange(item.extent, nullptr);
    if (extent == nullptr) return;
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
  // Without what is only remembered.
  [[nodiscard]] std::uint64_t message_bytes() const { return bytes_; }

 private:
  FetchExtent* make(MonotonicTime now);
  void drop(FetchExtent* extent);

  std::uint64_t bytes_ = 0;  // of messages
  std::uint64_t remembered_ = 0;
  std::deque<FetchExtent> extents_;
  FetchExtent* unused_ = nullptr;
};

}  // namespace tidegate
