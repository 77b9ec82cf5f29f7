// SPDX-License-Identifier: Apache-2.0
#include "host/base/wakeup.hpp"

namespace tidegate {

void Wakeup::notify() noexcept {
  if (pending_.exchange(true, std::memory_order_acq_rel)) return;
  // Taking the lock closes the gap between the waiter's check and its sleep.
  { MutexLock lock(mutex_); }
  changed_.notify_one();
}

void Wakeup::wait_until(MonotonicTime until) {
  if (pending_.exchange(false, std::memory_order_acq_rel)) return;
  MutexLock lock(mutex_);
  const bool notified =
      changed_.wait_until(mutex_, until, [&] { return pending_.load(std::memory_order_acquire); });
  if (notified) pending_.store(false, std::memory_order_release);
}

}  // namespace tidegate
