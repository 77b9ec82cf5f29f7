// SPDX-License-Identifier: Apache-2.0
//
// Keeps a pipeline's worker alive: starts it, starts another one when it has died, later and later
// where it cannot start, and ends it with the pipeline. A failed start is nobody's fault but the
// plugin's: no message is charged. Thread rule: construct, stop and destroy on [main]; a thread of
// its own in between, which starts the processes (they end with it); the rest [any].
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "host/base/mutex.hpp"
#include "host/handle/worker/solo_gate.hpp"
#include "host/handle/worker/worker_life.hpp"

namespace tidegate {

class WorkerSupervisor {
 public:
  // Starts the first worker and waits until it is ready. Throws std::runtime_error with the reason
  // when it does not become that: nothing runs then.
  WorkerSupervisor(WorkerSetup setup, const WorkerDeadlines& deadlines, const WorkerEars& ears);
  // Ends the worker. REQUIRES: no slot is in an exchange.
  ~WorkerSupervisor();
  WorkerSupervisor(const WorkerSupervisor&) = delete;
  WorkerSupervisor& operator=(const WorkerSupervisor&) = delete;

  // The worker that takes messages now; waits so long for one. Null: there is none.
  [[nodiscard]] std::shared_ptr<WorkerLife> current(Duration patience);
  [[nodiscard]] SoloGate& gate() { return gate_; }
  [[nodiscard]] bool has_batches() const { return has_batches_.load(); }

  // Since the start: how many workers died by themselves, and could not be started.
  [[nodiscard]] std::uint64_t deaths() const { return deaths_.load(); }
  [[nodiscard]] std::uint64_t failed_starts() const { return failed_starts_.load(); }
  // The running process; 0: none.
  [[nodiscard]] pid_t pid() const;
  // As whom it runs.
  [[nodiscard]] UserIds user() const;

 private:
  void run();
  void start(MonotonicTime now);
  void look(MonotonicTime now);
  void publish(std::shared_ptr<WorkerLife> life);
  void after_death(const WorkerLife& life, MonotonicTime now);
  void wait_for_something() const;

  const WorkerSetup setup_;
  const WorkerDeadlines deadlines_;
  const WorkerEars ears_;
  SoloGate gate_;
  Descriptor wake_;

  // Of its thread.
  std::shared_ptr<WorkerLife> life_;
  MonotonicTime next_start_{};
  std::uint32_t failed_in_a_row_ = 0;

  std::atomic<bool> stopping_{false};
  std::atomic<bool> has_batches_{false};
  std::atomic<std::uint64_t> deaths_{0};
  std::atomic<std::uint64_t> failed_starts_{0};
  mutable Mutex mutex_;
  CondVar changed_;
  std::shared_ptr<WorkerLife> current_ TIDEGATE_GUARDED_BY(mutex_);
  std::string first_failure_ TIDEGATE_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace tidegate
