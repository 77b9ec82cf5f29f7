// SPDX-License-Identifier: Apache-2.0
// Locks that clang can check. The standard ones carry no annotations with libstdc++, so a guarded
// member could be read without its lock and nobody would notice. These wrap std::mutex and
// std::condition_variable and add nothing to them.
//
// Rule of the house: no lock is held while calling a plugin, librdkafka or the logger.
// Threads: [any].
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "host/base/thread_annotations.hpp"

namespace tidegate {

class CondVar;

class TIDEGATE_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() TIDEGATE_ACQUIRE() { mutex_.lock(); }
  void unlock() TIDEGATE_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

// Holds the mutex from here to the end of the block.
class TIDEGATE_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) TIDEGATE_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() TIDEGATE_RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waiting names the mutex, because that is what clang can check. A predicate that reads guarded
// members says so:
//   ready_.wait(mutex_, [this]() TIDEGATE_REQUIRES(mutex_) { return !queue_.empty(); });
// There is no wait without a predicate: wake-ups may be spurious.
class CondVar {
 public:
  CondVar() = default;
  CondVar(const CondVar&) = delete;
  CondVar& operator=(const CondVar&) = delete;

  // Blocks until the predicate is true; the mutex is released while it waits.
  template <typename Predicate>
  void wait(Mutex& mutex, Predicate predicate) TIDEGATE_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock, std::move(predicate));
    lock.release();  // the caller's MutexLock goes on holding it
  }

  // As above, but not beyond the deadline. Returns what the predicate says at the end; it decides,
  // not the clock.
  template <typename Predicate>
  [[nodiscard]] bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point deadline,
                                Predicate predicate) TIDEGATE_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    const bool result = condition_.wait_until(lock, deadline, std::move(predicate));
    lock.release();  // the caller's MutexLock goes on holding it
    return result;
  }

  void notify_one() noexcept { condition_.notify_one(); }
  void notify_all() noexcept { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace tidegate
