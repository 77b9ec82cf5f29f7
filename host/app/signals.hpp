// SPDX-License-Identifier: Apache-2.0
//
// SIGTERM and SIGINT: the first asks for a stop, the second ends the process at once, even while
// [main] hangs in a plugin's create or in a join. That is why a thread of its own waits for them.
// Signals that come within kOneRequest are one: timeout(1) and some wrappers send each twice, to
// the process and to its group. SIGHUP asks for a reload; SIGPIPE is ignored. Thread rule:
// construct on [main] before any other thread is started (threads inherit the mask); wait_for_stop
// and take_reload on [main].
#pragma once

#include <signal.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"

namespace tidegate {

class Signals {
 public:
  static constexpr auto kOneRequest = std::chrono::milliseconds(50);
  enum class Meaning : std::uint8_t { stop, same_request, stop_at_once };
  // What a signal means that comes now. first: when the first one came, if one has.
  [[nodiscard]] static Meaning meaning_of(std::optional<MonotonicTime> first, MonotonicTime now);

  // Blocks the signals in this thread, and so in all that it starts. Throws std::system_error.
  Signals();
  // Joins the thread and restores the mask and the old answer to SIGPIPE.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Waits for the first one that asks for a stop, until the time given; true when it has come, now
  // or before. Returns early where a reload is asked for.
  [[nodiscard]] bool wait_for_stop(MonotonicTime until);
  // Whether a reload was asked for since the last call; several SIGHUPs are one.
  [[nodiscard]] bool take_reload();

 private:
  void watch(int signal_fd, int quit_fd);
  void on_signal(int number);

  sigset_t watched_{};
  sigset_t mask_before_{};
  struct sigaction pipe_before_ {};
  int signal_fd_ = -1;
  int quit_fd_ = -1;
  Mutex mutex_;
  CondVar changed_;
  std::optional<MonotonicTime> first_stop_ TIDEGATE_GUARDED_BY(mutex_);
  bool reload_ TIDEGATE_GUARDED_BY(mutex_) = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace tidegate
