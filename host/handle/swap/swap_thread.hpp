// SPDX-License-Identifier: Apache-2.0
//
// The thread of a pipeline that reloads its plugin and looks after it: requests one after the
// other, a look at probation and file in between, asleep where there is nothing to look at. A
// thread of its own, because a new version may take long to be ready, and only its own pipeline may
// wait for it. Thread rule: construct, start and destroy on [main] or [reload]; the rest [any]; the
// thread is [swap].
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include "host/base/mutex.hpp"
#include "host/handle/swap/hot_swap.hpp"

namespace tidegate {

class SwapThread {
 public:
  // swap outlives it.
  explicit SwapThread(HotSwap& swap) : swap_(swap) {}
  // REQUIRES: never started, or stopped.
  ~SwapThread() = default;
  SwapThread(const SwapThread&) = delete;
  SwapThread& operator=(const SwapThread&) = delete;

  void start();
  // As HotSwap's. Return at once. The answer says `refused` where the pipeline stops before its
  // turn.
  [[nodiscard]] std::future<ReloadResult> prove(HotSwap::Asked plugin);
  [[nodiscard]] std::future<ReloadResult> reload(HotSwap::Asked plugin, HotSwap::Proof proof);
  // What is under way comes to its end, nothing else begins. Returns at once.
  void request_stop();
  // Waits for that, at most until the time given; true when it has ended.
  [[nodiscard]] bool wait_stopped(MonotonicTime until);

 private:
  struct Request {
    std::function<ReloadResult()> step;
    std::promise<ReloadResult> answer;
  };
  [[nodiscard]] std::future<ReloadResult> queue(std::function<ReloadResult()> step);
  void run();
  // The next one to serve; empty: none until the time has come, or it stops.
  [[nodiscard]] std::optional<Request> next(std::optional<MonotonicTime> until);
  [[nodiscard]] bool stopping() const;

  HotSwap& swap_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<Request> requests_ TIDEGATE_GUARDED_BY(mutex_);
  bool stopping_ TIDEGATE_GUARDED_BY(mutex_) = false;
  bool ended_ TIDEGATE_GUARDED_BY(mutex_) = true;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace tidegate
