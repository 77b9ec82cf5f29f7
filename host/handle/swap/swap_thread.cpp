// SPDX-License-Identifier: Apache-2.0
#include "host/handle/swap/swap_thread.hpp"

#include <utility>

#include "host/base/thread_name.hpp"

namespace tidegate {
namespace {

ReloadResult too_late() {
  return {.what = metrics::PluginReload::refused, .problem = "the pipeline stops"};
}

}  // namespace

void SwapThread::start() {
  const MutexLock lock(mutex_);  // where there is no thread to be had, it has still ended
  thread_ = std::jthread([this] {
    set_thread_name("swap");
    run();
  });
  ended_ = false;
}

std::future<ReloadResult> SwapThread::prove(HotSwap::Asked plugin) {
  return queue([this, plugin = std::move(plugin)] { return swap_.prove(plugin); });
}

std::future<ReloadResult> SwapThread::reload(HotSwap::Asked plugin, HotSwap::Proof proof) {
  return queue([this, plugin = std::move(plugin), proof] { return swap_.reload(plugin, proof); });
}

std::future<ReloadResult> SwapThread::queue(std::function<ReloadResult()> step) {
  Request request{std::move(step), {}};
  std::future<ReloadResult> answer = request.answer.get_future();
  const MutexLock lock(mutex_);
  if (stopping_) {
    request.answer.set_value(too_late());
    return answer;
  }
  requests_.push_back(std::move(request));
  changed_.notify_all();
  return answer;
}

void SwapThread::run() {
  while (!stopping()) {
    if (auto request = next(swap_.next_tick())) request->answer.set_value(request->step());
    if (!stopping()) swap_.tick();
  }
  const MutexLock lock(mutex_);
  for (Request& request : requests_) request.answer.set_value(too_late());
  requests_.clear();
  ended_ = true;
  changed_.notify_all();
}

std::optional<SwapThread::Request> SwapThread::next(std::optional<MonotonicTime> until) {
  const MutexLock lock(mutex_);
  const auto something = [this]()
                             TIDEGATE_REQUIRES(mutex_) { return stopping_ || !requests_.empty(); };
  if (!until) changed_.wait(mutex_, something);
  else if (!changed_.wait_until(mutex_, *until, something)) return std::nullopt;
  if (stopping_) return std::nullopt;
  Request first = std::move(requests_.front());
  requests_.pop_front();
  return first;
}

bool SwapThread::stopping() const {
  const MutexLock lock(mutex_);
  return stopping_;
}

void SwapThread::request_stop() {
  const MutexLock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

bool SwapThread::wait_stopped(MonotonicTime until) {
  const MutexLock lock(mutex_);
  return changed_.wait_until(mutex_, until, [this]() TIDEGATE_REQUIRES(mutex_) { return ended_; });
}

}  // namespace tidegate
