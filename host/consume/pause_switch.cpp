// SPDX-License-Identifier: Apache-2.0
#include "host/consume/pause_switch.hpp"

#include <algorithm>

namespace tidegate {

void PauseSwitch::pause() { paused_.store(true, std::memory_order_release); }

void PauseSwitch::resume() { paused_.store(false, std::memory_order_release); }

void PauseSwitch::told(std::uint32_t member, Calls calls) {
  {
    MutexLock lock(mutex_);
    calls_.at(member) = calls;
  }
  changed_.notify_all();
}

bool PauseSwitch::wait_held(MonotonicTime until) {
  MutexLock lock(mutex_);
  return changed_.wait_until(mutex_, until, [this]() TIDEGATE_REQUIRES(mutex_) {
    return std::all_of(calls_.begin(), calls_.end(), [](Calls c) { return c == Calls::held; });
  });
}

}  // namespace tidegate
