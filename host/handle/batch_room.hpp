// SPDX-License-Identifier: Apache-2.0
//
// The arrays of one slot's handle_batch calls, made once and used for every call.
// Thread rule: [slot], its owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/handle/host_message.hpp"

namespace tidegate {

// Room for a reason; header tidegate-error carries at most this much (DESIGN §5).
inline constexpr std::size_t kReasonBytes = 1024;

class BatchRoom {
 public:
  explicit BatchRoom(std::uint32_t capacity);

  // Shows a range of items and clears the answers. REQUIRES: range.count <= capacity.
  void show(const Chunk& chunk, ItemRange range, std::uint64_t deadline_ns);

  [[nodiscard]] const tidegate_message* const* views() const { return views_.data(); }
  [[nodiscard]] tidegate_status* statuses() { return statuses_.data(); }
  [[nodiscard]] tidegate_result* const* results() const { return result_pointers_.data(); }
  [[nodiscard]] std::int64_t timestamp_ms(std::size_t i) const {
    return messages_[i].view.timestamp_ms;
  }
  [[nodiscard]] HostMessage& message(std::size_t i) { return messages_[i]; }
  // An answer without a reason of its own, for what the call did not answer.
  [[nodiscard]] const tidegate_result& unanswered() const { return unanswered_; }

 private:
  std::vector<HostMessage> messages_;
  std::vector<const tidegate_message*> views_;
  std::vector<tidegate_status> statuses_;
  std::vector<tidegate_result> results_;
  std::vector<tidegate_result*> result_pointers_;
  std::vector<char> reasons_;
  tidegate_result unanswered_;
};

}  // namespace tidegate
