// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/worker_supervisor.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "host/base/log.hpp"
#include "host/base/thread_name.hpp"

namespace tidegate {
namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(200);
constexpr Duration kLongestPause = std::chrono::seconds(30);
// A worker that lived shorter and took no message with it could as well not have started.
constexpr Duration kShortLife = std::chrono::seconds(1);
constexpr Duration kStopPatience = std::chrono::seconds(5);
// While one starts: it does not say by a descriptor that it is ready, and messages wait for that.
constexpr Duration kStartTick = std::chrono::milliseconds(2);
// How long a suspect is waited for: the longest that a lane keeps it, usually.
constexpr Duration kSuspectPatience = std::chrono::seconds(60);

Duration pause_after(std::uint32_t failures) {
  return std::min(kFirstPause * (1U << std::min(failures, 10U)), kLongestPause);
}

}  // namespace

WorkerSupervisor::WorkerSupervisor(WorkerSetup setup, const WorkerDeadlines& deadlines,
                                   const WorkerEars& ears)
    : setup_(std::move(setup)),
      deadlines_(deadlines),
      ears_(ears),
      gate_(kSuspectPatience),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  thread_ = std::jthread([this] { run(); });
  const MutexLock lock(mutex_);
  changed_.wait(mutex_, [this]() TIDEGATE_REQUIRES(mutex_) {
    return current_ != nullptr || !first_failure_.empty();
  });
  if (current_ != nullptr) return;
  stopping_ = true;
  throw std::runtime_error(first_failure_);
}

WorkerSupervisor::~WorkerSupervisor() {
  stopping_ = true;
  (void)::eventfd_write(wake_.get(), 1);
}

std::shared_ptr<WorkerLife> WorkerSupervisor::current(Duration patience) {
  const MutexLock lock(mutex_);
  if (current_ == nullptr)
    (void)changed_.wait_until(mutex_, system_clock().now() + patience,
                              [this]() TIDEGATE_REQUIRES(mutex_) { return current_ != nullptr; });
  return current_;
}

UserIds WorkerSupervisor::user() const {
  return setup_.user ? setup_.user->ids : UserIds{::geteuid(), ::getegid()};
}

pid_t WorkerSupervisor::pid() const {
  const MutexLock lock(mutex_);
  return current_ == nullptr ? 0 : current_->pid();
}

void WorkerSupervisor::run() {
  set_thread_name("worker-keeper");
  while (!stopping_) {
    const MonotonicTime now = system_clock().now();
    if (life_ == nullptr && now >= next_start_) start(now);
    if (life_ != nullptr) look(now);
    wait_for_something();
  }
  publish(nullptr);
  if (life_ == nullptr) return;
  const MonotonicTime kill_at = system_clock().now() + kStopPatience;
  life_->stop(kill_at);
  while (life_->state() != WorkerLife::State::ended) {
    life_->tend(system_clock().now());
    wait_for_something();
  }
}

void WorkerSupervisor::wait_for_something() const {
  std::vector<pollfd> descriptors = {{wake_.get(), POLLIN, 0}};
  if (life_ != nullptr) life_->add_descriptors(descriptors);
  // Where none runs, until the next one is due.
  Duration patience =
      std::clamp(next_start_ - system_clock().now(), Duration::zero(), WorkerLife::kTick);
  if (life_ != nullptr)
    patience = life_->state() == WorkerLife::State::starting ? kStartTick : WorkerLife::kTick;
  const auto patience_ms = std::chrono::ceil<std::chrono::milliseconds>(patience);
  // Once it is stopping, the event stays and would be found at once.
  const std::size_t skip = stopping_ ? 1 : 0;
  (void)::poll(descriptors.data() + skip, descriptors.size() - skip,
               static_cast<int>(patience_ms.count()));
}

void WorkerSupervisor::start(MonotonicTime now) {
  try {
    life_ = std::make_shared<WorkerLife>(setup_, deadlines_, ears_);
  } catch (const std::exception& error) {
    ++failed_starts_;
    next_start_ = now + pause_after(failed_in_a_row_++);
    const MutexLock lock(mutex_);
    if (first_failure_.empty())
      first_failure_ = std::string("the worker process could not be started: ") + error.what();
    changed_.notify_all();
  }
}

void WorkerSupervisor::look(MonotonicTime now) {
  const WorkerLife::State before = life_->state();
  life_->tend(now);
  const WorkerLife::State after = life_->state();
  if (before == WorkerLife::State::starting && after == WorkerLife::State::ready) {
    has_batches_ = life_->has_batches();
    log::info("worker_ready", "a worker process is ready",
              {{"pipeline", setup_.pipeline}, {"pid", life_->pid()}, {"user", to_text(user())}});
    publish(life_);
  }
  if (after != WorkerLife::State::ended) return;
  publish(nullptr);
  after_death(*life_, now);
  life_.reset();
}

void WorkerSupervisor::publish(std::shared_ptr<WorkerLife> life) {
  const MutexLock lock(mutex_);
  current_ = std::move(life);
  changed_.notify_all();
}

void WorkerSupervisor::after_death(const WorkerLife& life, MonotonicTime now) {
  const bool failed_start = !life.start_failure().empty();
  const bool short_life =
      failed_start || (!life.blames_messages() && now - life.ready_since() < kShortLife);
  failed_in_a_row_ = short_life ? failed_in_a_row_ + 1 : 0;
  const Duration pause = short_life ? pause_after(failed_in_a_row_ - 1) : Duration::zero();
  next_start_ = now + pause;
  ++(failed_start ? failed_starts_ : deaths_);
  log::error(failed_start ? "worker_start_failed" : "worker_died",
             failed_start ? "a worker process did not become ready; it is tried again"
                          : "a worker process has died; another one is started",
             {{"pipeline", setup_.pipeline},
              {"pid", life.pid()},
              {"how", life.how_it_ended()},
              {"reason", life.start_failure()},
              {"pause_seconds", std::chrono::duration<double>(pause).count()}});
  if (!failed_start) return;
  const MutexLock lock(mutex_);
  if (first_failure_.empty()) first_failure_ = life.start_failure();
  changed_.notify_all();
}

}  // namespace tidegate
