// SPDX-License-Identifier: Apache-2.0
#include "host/base/ipc/bell.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace tidegate::ipc {
namespace {

// Some hundred nanoseconds: the other side is often about to ring. More would take the processor
// from it where there are few.
constexpr int kSpins = 64;

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t),
              "futex(2) wants 4 bytes");

}  // namespace

void Bell::ring(std::uint32_t value) noexcept {
  // Sequentially consistent, as in wait_while(): either the sleeper is seen here or the value
  // there.
  value_.store(value, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) != 0) wake();
}

void Bell::wake() noexcept {
  (void)::syscall(SYS_futex, &value_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void Bell::wait_while(std::uint32_t old, Duration patience) noexcept {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (value() != old) return;
    __builtin_ia32_pause();
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
  const timespec timeout{seconds.count(), (patience - seconds).count()};
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  if (value_.load(std::memory_order_seq_cst) == old)
    (void)::syscall(SYS_futex, &value_, FUTEX_WAIT, old, &timeout, nullptr, 0);
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace tidegate::ipc
