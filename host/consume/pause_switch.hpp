// SPDX-License-Identifier: Apache-2.0
//
// An operator's pause of a pipeline, shared by its consumers: no handler call starts any more, what
// runs ends, and polling, commits and the membership of the group go on. It lives as long as the
// pipeline, so a restart forgets it. Thread rule: [any], but for told().
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"

namespace tidegate {

class PauseSwitch {
 public:
  // Whether a member of the group may start handler calls.
  enum class Calls : std::uint8_t { may_start, held };

  // members: the pipeline's consumers. One that has not joined yet starts none.
  explicit PauseSwitch(std::size_t members) : calls_(members, Calls::held) {}

  // Both return at once; the poll threads have to be woken then.
  void pause();
  void resume();
  [[nodiscard]] bool paused() const { return paused_.load(std::memory_order_acquire); }

  // [poll] of this member: what it does from now on.
  void told(std::uint32_t member, Calls calls);
  // Waits until no member starts a call any more, at most until the time given; false: some may.
  [[nodiscard]] bool wait_held(MonotonicTime until);

 private:
  std::atomic<bool> paused_{false};
  Mutex mutex_;
  CondVar changed_;
  std::vector<Calls> calls_ TIDEGATE_GUARDED_BY(mutex_);
};

}  // namespace tidegate
