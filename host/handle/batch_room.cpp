// SPDX-License-Identifier: Apache-2.0
#include "host/handle/batch_room.hpp"

#include <string_view>

namespace tidegate {
namespace {

constexpr std::string_view kUnanswered = "the batch call ended without an answer for this message";

}  // namespace

BatchRoom::BatchRoom(std::uint32_t capacity)
    : messages_(capacity),
      views_(capacity),
      statuses_(capacity),
      results_(capacity),
      result_pointers_(capacity),
      reasons_(capacity * kReasonBytes) {
  for (std::size_t i = 0; i < capacity; ++i) {
    views_[i] = &messages_[i].view;
    result_pointers_[i] = &results_[i];
  }
  // Read only: whoever gets it copies the reason out.
  unanswered_ = {sizeof unanswered_, 0, const_cast<char*>(kUnanswered.data()),
                 static_cast<std::uint32_t>(kUnanswered.size()),
                 static_cast<std::uint32_t>(kUnanswered.size())};
}

void BatchRoom::show(const Chunk& chunk, ItemRange range, std::uint64_t deadline_ns) {
  constexpr std::uint32_t kAhead = 4;
  for (std::uint32_t i = 0; i < range.count; ++i) {
    if (i + kAhead < range.count) chunk.items[range.first + i + kAhead].message.prefetch();
    messages_[i].show(chunk.items[range.first + i], *chunk.source, deadline_ns);
    statuses_[i] = TIDEGATE_NOT_ATTEMPTED;
    results_[i] = {sizeof(tidegate_result), 0, reasons_.data() + i * kReasonBytes,
                   static_cast<std::uint32_t>(kReasonBytes), 0};
  }
}

}  // namespace tidegate
