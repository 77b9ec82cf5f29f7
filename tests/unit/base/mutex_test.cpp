// SPDX-License-Identifier: Apache-2.0
#include "host/base/mutex.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <thread>
#include <vector>

namespace tidegate {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLongEnough{30'000};

class Mailbox {
 public:
  void put(int value) {
    {
      const MutexLock lock(mutex_);
      values_.push_back(value);
    }
    arrived_.notify_one();
  }

  int take() {
    const MutexLock lock(mutex_);
    arrived_.wait(mutex_, [this]() TIDEGATE_REQUIRES(mutex_) { return !values_.empty(); });
    return pop();
  }

  // False when nothing had arrived by the deadline.
  bool take_until(steady_clock::time_point deadline, int& value) {
    const MutexLock lock(mutex_);
    if (!arrived_.wait_until(mutex_, deadline,
                             [this]() TIDEGATE_REQUIRES(mutex_) { return !values_.empty(); })) {
      return false;
    }
    value = pop();
    return true;
  }

 private:
  int pop() TIDEGATE_REQUIRES(mutex_) {
    const int value = values_.front();
    values_.pop_front();
    return value;
  }

  Mutex mutex_;
  CondVar arrived_;
  std::deque<int> values_ TIDEGATE_GUARDED_BY(mutex_);
};

TEST(Mutex, LetsOneThreadInAtATime) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 10'000;
  Mutex mutex;
  int counter = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < kRounds; ++round) {
          const MutexLock lock(mutex);
          ++counter;
        }
      });
    }
  }
  EXPECT_EQ(counter, kThreads * kRounds);
}

TEST(CondVar, WaitReturnsWhatArrivesWhileItWaits) {
  Mailbox mailbox;
  const std::jthread sender([&] { mailbox.put(7); });
  EXPECT_EQ(mailbox.take(), 7);
}

TEST(CondVar, WaitUntilGivesUpAtItsDeadline) {
  Mailbox mailbox;
  int value = 0;
  const auto deadline = steady_clock::now() + milliseconds(5);
  EXPECT_FALSE(mailbox.take_until(deadline, value));
  EXPECT_GE(steady_clock::now(), deadline);
}

TEST(CondVar, WaitUntilTakesWhatIsThereThoughTheDeadlineHasPassed) {
  Mailbox mailbox;
  mailbox.put(7);
  int value = 0;
  EXPECT_TRUE(mailbox.take_until(steady_clock::now() - kLongEnough, value));
  EXPECT_EQ(value, 7);
}

TEST(CondVar, WaitUntilEndsEarlyWhenSomethingArrives) {
  Mailbox mailbox;
  const std::jthread sender([&] { mailbox.put(7); });
  int value = 0;
  EXPECT_TRUE(mailbox.take_until(steady_clock::now() + kLongEnough, value));
  EXPECT_EQ(value, 7);
}

TEST(CondVar, LeavesTheMutexHeldByItsCaller) {
  Mutex mutex;
  CondVar never;
  {
    const MutexLock lock(mutex);
    EXPECT_FALSE(never.wait_until(mutex, steady_clock::now(), [] { return false; }));
  }  // unlocking a mutex that is not held would be reported by the sanitizers
  const MutexLock again(mutex);
}

}  // namespace
}  // namespace tidegate
