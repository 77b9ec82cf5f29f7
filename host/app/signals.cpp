// SPDX-License-Identifier: Apache-2.0
#include "host/app/signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "host/base/log.hpp"

namespace tidegate {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

}  // namespace

Signals::Signals() {
  sigemptyset(&watched_);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&watched_, number);
  pthread_sigmask(SIG_BLOCK, &watched_, &mask_before_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &pipe_before_);
  signal_fd_ = checked(signalfd(-1, &watched_, SFD_CLOEXEC), "signalfd");
  quit_fd_ = checked(eventfd(0, EFD_CLOEXEC), "eventfd");
  thread_ = std::jthread(
      [this, signal_fd = signal_fd_, quit_fd = quit_fd_] { watch(signal_fd, quit_fd); });
}

Signals::~Signals() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(quit_fd_, &one, sizeof one);
  thread_.join();
  close(signal_fd_);
  close(quit_fd_);
  sigaction(SIGPIPE, &pipe_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

bool Signals::wait_for_stop(MonotonicTime until) {
  const MutexLock lock(mutex_);
  (void)changed_.wait_until(mutex_, until, [this]() TIDEGATE_REQUIRES(mutex_) {
    return first_stop_.has_value() || reload_;
  });
  return first_stop_.has_value();
}

bool Signals::take_reload() {
  const MutexLock lock(mutex_);
  return std::exchange(reload_, false);
}

Signals::Meaning Signals::meaning_of(std::optional<MonotonicTime> first, MonotonicTime now) {
  if (!first) return Meaning::stop;
  return now - *first < kOneRequest ? Meaning::same_request : Meaning::stop_at_once;
}

void Signals::watch(int signal_fd, int quit_fd) {
  pthread_setname_np(pthread_self(), "signal");
  std::array<pollfd, 2> fds{pollfd{signal_fd, POLLIN, 0}, pollfd{quit_fd, POLLIN, 0}};
  while (true) {
    if (poll(fds.data(), fds.size(), -1) < 0) continue;  // EINTR: a debugger
    if ((fds[1].revents & POLLIN) != 0) return;
    signalfd_siginfo info{};
    if (read(signal_fd, &info, sizeof info) == ssize_t{sizeof info}) {
      on_signal(static_cast<int>(info.ssi_signo));
    }
  }
}

void Signals::on_signal(int number) {
  if (number == SIGHUP) {
    const MutexLock lock(mutex_);
    reload_ = true;
    changed_.notify_all();
    return;
  }
  const MonotonicTime now = system_clock().now();
  Meaning meaning{};
  {
    const MutexLock lock(mutex_);
    meaning = meaning_of(first_stop_, now);
    if (!first_stop_) first_stop_ = now;
    changed_.notify_all();
  }
  if (meaning == Meaning::same_request) return;
  if (meaning == Meaning::stop) {
    log::info("stop_requested", "draining; a second signal ends the process at once",
              {{"signal", number}});
    return;
  }
  log::warn("stopped_at_once",
            "second signal: ended without draining; what was not committed comes again",
            {{"signal", number}});
  log::set_status("");
  _exit(1);
}

}  // namespace tidegate
