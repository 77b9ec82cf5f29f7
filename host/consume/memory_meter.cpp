// SPDX-License-Identifier: Apache-2.0
#include "host/consume/memory_meter.hpp"

#include <functional>

namespace tidegate {
namespace {

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
  const kafka::Bytes front = key.data() != nullptr ? key : value;
  const kafka::Bytes back = value.data() != nullptr ? value : key;
  // An extent whose messages are all gone has let go of its buffer.
  const bool alive = last != nullptr && last->live > 0 && last->bytes < kLargestExtent;
  if (alive && (back.data() == nullptr || follows(front.data(), last->end))) {
    if (back.data() != nullptr) {
      const auto grown = static_cast<std::uint64_t>(back.data() + back.size() - last->end);
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
  extent->bytes = key.size() + value.size();
  extent->end = back.data() + back.size();
  bytes_ += extent->bytes;
  return extent;
}

void MemoryMeter::copy_out(Item& item, MonotonicTime now) {
  if (item.message.is_copy()) return;
  const std::size_t size = item.message.copy_out();
  release(item);
  item.extent = make(now);
  item.extent->live = item.extent->total = 1;
  item.extent->bytes = size + kBesideCopy;
  bytes_ += size + kBesideCopy + kBeside;
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
