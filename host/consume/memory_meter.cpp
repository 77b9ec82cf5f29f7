// SPDX-License-Identifier: Apache-2.0
#include "host/consume/memory_meter.hpp"

#include <functional>

#include "host/dispatch/lane_table.hpp"
#include "host/dispatch/parked_lanes.hpp"
#include "host/route/message_headers.hpp"

namespace tidegate {
namespace {

// A table of lanes has up to two chains for each.
static_assert(MemoryMeter::kPlace >= sizeof(Lane) + 2 * sizeof(void*));
// Where messages share a lane, or have none, they lie in a ring that may be half empty.
static_assert(MemoryMeter::kPlace >= 2 * sizeof(Item));
static_assert(MemoryMeter::kAttempts >= sizeof(kafka::Origin) + ParkedLanes::kBytes);

// What a block of that many bytes takes of the allocator, which has sizes an eighth apart.
constexpr std::uint64_t allocated(std::uint64_t bytes) { return bytes + bytes / 8; }

// What a copy's own headers take, about: librdkafka has a list, and a block for each.
std::uint64_t header_bytes(const kafka::HeldMessage& copy) {
  constexpr std::uint64_t kList = 128;
  constexpr std::uint64_t kHeader = 64;
  std::uint64_t bytes = 0;
  (void)header::for_each(copy, [&](const header::Header& header) {
    bytes += kHeader + header.name.size() + header.value.size();
  });
  return bytes == 0 ? 0 : bytes + kList;
}

// Between two messages of one buffer lie at most a batch header and the record's own headers.
constexpr std::ptrdiff_t kLargestGap = 64 * 1024;

// A buffer brings a partition about this much (max.partition.fetch.bytes). Without an end, the
// extent of a message whose call is stuck would take in each buffer that happens to lie behind its
// own, and count memory that was let go long ago.
constexpr std::uint64_t kLargestExtent = 1024 * 1024;

// Whether `at` lies right behind `end`, as the next message of a buffer does. Addresses of
// different allocations may be compared only through std::less.
bool follows(const char* at, const char* end) {
  return std::less_equal<>()(end, at) && at - end <= kLargestGap;
}

}  // namespace

FetchExtent* MemoryMeter::charge(FetchExtent* last, kafka::Bytes key, kafka::Bytes value,
                                 MonotonicTime now) {
  bytes_ += kBeside;
  // Its lane has a copy of the key, which is not worth a charge of its own.
  const std::uint64_t lane_key = key.size();
  const kafka::Bytes front = key.data() != nullptr ? key : value;
  const kafka::Bytes back = value.data() != nullptr ? value : key;
  // An extent whose messages are all gone has let go of its buffer.
  const bool alive = last != nullptr && last->live > 0 && last->bytes < kLargestExtent;
  if (alive && (back.data() == nullptr || follows(front.data(), last->end))) {
    if (back.data() != nullptr) {
      const auto grown =
          static_cast<std::uint64_t>(back.data() + back.size() - last->end) + lane_key;
      last->bytes += grown;
      bytes_ += grown;
      last->end = back.data() + back.size();
    }
    ++last->live;
    ++last->total;
    return last;
  }
  FetchExtent* extent = make(now);
  extent->live = extent->total = 1;
  extent->bytes = key.size() + value.size() + lane_key;
  extent->end = back.data() + back.size();
  bytes_ += extent->bytes;
  return extent;
}

void MemoryMeter::copy_out(Item& item) {
  if (item.message.is_copy() && item.message.charge() > 0) return;
  std::uint64_t size = item.message.copy_out();
  size += header_bytes(item.message);
  if (item.extent != nullptr) release(item);
  const std::uint64_t lane_key = item.message.key().size();
  item.message.put_charge(static_cast<std::uint32_t>(allocated(size) + lane_key + kBesideCopy));
  bytes_ += item.message.charge();
}

FetchExtent* MemoryMeter::make(MonotonicTime now) {
  if (unused_ == nullptr) {
    extents_.emplace_back();
    unused_ = &extents_.back();
  }
  FetchExtent* extent = std::exchange(unused_, unused_->next);
  *extent = FetchExtent{};
  extent->arrived = now;
  return extent;
}

void MemoryMeter::drop(FetchExtent* extent) {
  bytes_ -= extent->bytes;
  extent->bytes = 0;
  extent->next = std::exchange(unused_, extent);
}

}  // namespace tidegate
