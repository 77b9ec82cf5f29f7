// SPDX-License-Identifier: Apache-2.0
//
// How other threads wake a poll thread: completions, librdkafka's queues, a stop request.
// Notifying a thread that is awake costs one atomic exchange, so it may be done per run.
#pragma once

#include <atomic>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"

namespace tidegate {

class Wakeup {
 public:
  // [any] Wakes the waiter, or lets its next wait return at once.
  void notify() noexcept;
  // [the one waiter] Returns when notified since the last wait, or at the time given.
  void wait_until(MonotonicTime until);

 private:
  std::atomic<bool> pending_{false};
  Mutex mutex_;
  CondVar changed_;
};

}  // namespace tidegate
