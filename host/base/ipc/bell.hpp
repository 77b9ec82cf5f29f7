// SPDX-License-Identifier: Apache-2.0
//
// A counter in shared memory that one side advances and the other one waits for: a futex. Ringing
// costs a system call only while somebody sleeps on it. Either side may be hostile: a wrong value
// wakes or delays, and nothing else. Thread rule: ring() and wait() from any thread of either
// process.
#pragma once

#include <atomic>
#include <cstdint>

#include "host/base/clock.hpp"

namespace tidegate::ipc {

class Bell {
 public:
  // Sets the value, and wakes who waits for another one.
  void ring(std::uint32_t value) noexcept;
  [[nodiscard]] std::uint32_t value() const noexcept {
    return value_.load(std::memory_order_acquire);
  }
  // Returns when the value is not `old` any more, or after about so long.
  void wait_while(std::uint32_t old, Duration patience) noexcept;
  // Wakes whoever waits, though nothing has changed.
  void wake() noexcept;

 private:
  std::atomic<std::uint32_t> value_{0};
  std::atomic<std::uint32_t> sleepers_{0};
};

static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "it is shared with a process");

}  // namespace tidegate::ipc
