// SPDX-License-Identifier: Apache-2.0
//
// A test that stands still says so and where each of its threads stands, which the runner that
// ends it after its time cannot say any more. Thread rule: the test's thread tells a thread of its
// own which test runs.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "host/base/mutex.hpp"

namespace tidegate {
namespace {

// Several times what the longest one takes under a sanitizer on a busy machine.
constexpr std::chrono::minutes kLongest(4);

// eu-stack (elfutils) attaches to us from outside, because a broker thread of the client blocks all
// signals.
void print_stacks() {
  const std::string self = std::to_string(getpid());
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  const pid_t child = fork();
  if (child == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execlp("eu-stack", "eu-stack", "-n", "20", "-p", self.c_str(), nullptr);
    std::fputs("eu-stack is missing: ./dev setup installs it\n", stderr);
    _exit(127);
  }
  if (child > 0) waitpid(child, nullptr, 0);
}

class StuckTestWatch final : public ::testing::EmptyTestEventListener {
 public:
  StuckTestWatch() : thread_([this](const std::stop_token& ended) { watch(ended); }) {}
  ~StuckTestWatch() override {
    thread_.request_stop();
    set({});
  }
  StuckTestWatch(const StuckTestWatch&) = delete;
  StuckTestWatch& operator=(const StuckTestWatch&) = delete;

 private:
  void OnTestStart(const ::testing::TestInfo& test) override {
    set(std::string(test.test_suite_name()) + "." + test.name());
  }
  void OnTestEnd(const ::testing::TestInfo&) override { set({}); }

  void set(std::string test) {
    const MutexLock lock(mutex_);
    test_ = std::move(test);
    ++number_;
    changed_.notify_all();
  }

  void watch(const std::stop_token& ended) {
    const MutexLock lock(mutex_);
    while (!ended.stop_requested()) {
      const std::uint64_t seen = number_;
      const bool went_on = changed_.wait_until(
          mutex_, std::chrono::steady_clock::now() + kLongest,
          [&]() TIDEGATE_REQUIRES(mutex_) { return number_ != seen || ended.stop_requested(); });
      if (went_on || test_.empty()) continue;
      std::fprintf(stderr, "%s stands still for %ld minutes. Its threads:\n", test_.c_str(),
                   static_cast<long>(kLongest.count()));
      print_stacks();
      std::abort();
    }
  }

  Mutex mutex_;
  CondVar changed_;
  std::string test_ TIDEGATE_GUARDED_BY(mutex_);  // empty: between two
  std::uint64_t number_ TIDEGATE_GUARDED_BY(mutex_) = 0;
  std::jthread thread_;  // the last, because it uses the others
};

class WatchForAll final : public ::testing::Environment {
  void SetUp() override {
    ::testing::UnitTest::GetInstance()->listeners().Append(new StuckTestWatch);
  }
};

// GoogleTest owns both.
[[maybe_unused]] const ::testing::Environment* const kWatch =
    ::testing::AddGlobalTestEnvironment(new WatchForAll);

}  // namespace
}  // namespace tidegate
