// SPDX-License-Identifier: Apache-2.0
//
// Which version of the plugin one slot works with: the mailbox of a hot swap. The slot looks into
// it before each chunk, so it changes versions at the boundary of two messages and never waits. One
// lock that nobody else wants, twice a chunk. Thread rule: sit, rise [slot]; the rest [any].
#pragma once

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"

namespace tidegate {

class Generation;

class Seat {
 public:
  // The next chunk is this one's. It stays until the slot has left it for another.
  void assign(Generation& next) {
    const MutexLock lock(mutex_);
    next_ = &next;
  }
  // A chunk begins. REQUIRES: one was assigned.
  [[nodiscard]] Generation& sit() {
    const MutexLock lock(mutex_);
    working_ = next_;
    return *working_;
  }
  // It has been given back.
  void rise() {
    {
      const MutexLock lock(mutex_);
      working_ = nullptr;
    }
    risen_.notify_all();
  }
  // Waits until the slot does not work with it; it does not begin again once another one is
  // assigned. Whether that has come.
  [[nodiscard]] bool wait_left(const Generation& old, MonotonicTime until) {
    const MutexLock lock(mutex_);
    return risen_.wait_until(mutex_, until,
                             [&]() TIDEGATE_REQUIRES(mutex_) { return working_ != &old; });
  }

 private:
  Mutex mutex_;
  CondVar risen_;
  Generation* next_ TIDEGATE_GUARDED_BY(mutex_) = nullptr;
  Generation* working_ TIDEGATE_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace tidegate
