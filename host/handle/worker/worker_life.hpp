// SPDX-License-Identifier: Apache-2.0
//
// One worker process from its start to its end, as the host sees it: the exchanges of its slots,
// its deadlines, what it logs and prints, and, when it has died, who is to blame. Its memory is
// hostile; what is relied on is kept here. A life is not repeated: the supervisor starts another.
//
// Thread rule: construct, tend, stop and kill on the supervisor's thread, which outlives the
// process; begin, await, finish, corrupt and ending [slot], each for its own slot; the rest [any].
#pragma once

#include <poll.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/base/child_process.hpp"
#include "host/base/log_limit.hpp"
#include "host/base/mutex.hpp"
#include "host/base/outcome.hpp"
#include "host/handle/plugin/plugin_log.hpp"
#include "host/handle/worker/metric_mirror.hpp"
#include "host/handle/worker/worker_blame.hpp"
#include "host/handle/worker/worker_memory.hpp"
#include "host/handle/worker/worker_setup.hpp"

namespace tidegate {

struct WorkerDeadlines {
  Duration start{};  // from the start of the process until it is ready
  Duration call{};   // of a handler call; zero: none
};

// Where goes what the plugin in a worker tells of itself. Both outlive the worker.
struct WorkerEars {
  const PluginLog& log;
  PluginMetrics& metrics;
};

class WorkerLife {
 public:
  // Starts the process and returns at once. Throws std::system_error.
  WorkerLife(const WorkerSetup& setup, const WorkerDeadlines& deadlines, const WorkerEars& ears);
  ~WorkerLife();
  WorkerLife(const WorkerLife&) = delete;
  WorkerLife& operator=(const WorkerLife&) = delete;

  enum class State : std::uint8_t { starting, ready, ended };
  [[nodiscard]] State state() const { return state_.load(std::memory_order_acquire); }

  // Looks at everything once.
  void tend(MonotonicTime now);
  // What tend() should be called for; it also wants to be called every kTick.
  void add_descriptors(std::vector<pollfd>& to) const;
  static constexpr Duration kTick = std::chrono::milliseconds(50);
  // Asks the process to end by itself; it is killed when it does not.
  void stop(MonotonicTime kill_at);
  // Why it did not become ready; empty: it did. REQUIRES: ended.
  [[nodiscard]] const std::string& start_failure() const { return start_failure_; }
  // "was ended by SIGSEGV ...". REQUIRES: ended.
  [[nodiscard]] const std::string& how_it_ended() const { return how_it_ended_; }
  // Whether a message is blamed, or suspected. REQUIRES: ended.
  [[nodiscard]] bool blames_messages() const;
  [[nodiscard]] MonotonicTime ready_since() const { return ready_since_; }
  [[nodiscard]] pid_t pid() const { return process_.pid(); }
  [[nodiscard]] bool has_batches() const { return has_batches_; }

  [[nodiscard]] const WorkerMemory& memory() const { return memory_; }
  // Hands the slot's message area, which holds so many messages, to the process. False: it has
  // ended, and has none of them.
  [[nodiscard]] bool begin(std::uint32_t slot, std::uint32_t count);
  // Waits until they are answered, their headers are asked for or the process has ended, or for a
  // while.
  enum class Awaited : std::uint8_t { answered, asks_headers, ended, not_yet };
  [[nodiscard]] Awaited await(std::uint32_t slot);
  // The slot has written them. REQUIRES: await() said `asks_headers`.
  void give_headers(std::uint32_t slot);
  // The first message of the call that runs, as far as the worker says; below the count.
  [[nodiscard]] std::uint32_t calling(std::uint32_t slot) const;
  // The slot has taken the answers.
  void finish(std::uint32_t slot) { exchanges_[slot].count.store(0); }
  // What it answered cannot be: it is killed. Returns when that is done.
  void corrupt(std::uint32_t slot);
  // What to make of what the slot's exchange had not answered. REQUIRES: begin() said true, then
  // await() said `ended`, or corrupt() was called.
  [[nodiscard]] SlotEnding ending(std::uint32_t slot) const;

 private:
  struct Ends {
    Descriptor ours;
    Descriptor theirs;
  };
  static Ends make_log_socket();
  static Ends make_pipe();
  WorkerLife(const WorkerSetup& setup, const WorkerDeadlines& deadlines, const WorkerEars& ears,
             Ends log_ends, Ends output_ends);

  struct Exchange {
    std::atomic<std::uint32_t> number{0};
    std::atomic<std::uint32_t> count{0};  // of messages; 0: none is out
    std::atomic<bool> corrupt{false};
    bool headers_given = false;  // of the slot's thread
    // Of the supervisor's thread: the call it saw last, and since when.
    std::uint64_t seen_calling = 0;
    std::uint32_t seen_number = 0;
    MonotonicTime seen_since{};
  };

  void take_logs();
  void take_output();
  void look_at_start(MonotonicTime now);
  void look_at_calls(MonotonicTime now);
  void kill_hung(std::uint32_t slot, MonotonicTime now);
  void ended(const ChildExit& exit);
  [[nodiscard]] CallEvidence evidence(std::uint32_t slot) const;

  const WorkerDeadlines deadlines_;
  const std::string pipeline_;
  const PluginLog& log_;
  WorkerMemory memory_;
  MetricMirror metrics_;
  Descriptor log_socket_;
  Descriptor output_;
  ChildProcess process_;
  std::vector<Exchange> exchanges_;

  std::atomic<State> state_{State::starting};
  bool has_batches_ = false;
  MonotonicTime started_;
  MonotonicTime ready_since_{};
  MonotonicTime tended_{};
  MonotonicTime next_metrics_{};
  std::optional<MonotonicTime> kill_at_;
  std::optional<std::uint32_t> hung_;  // the slot for whose call it was ended
  std::string start_failure_;
  std::string how_it_ended_;
  std::string printed_;  // an unfinished line of its output
  log::RateLimit output_limit_;

  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<SlotEnding> endings_ TIDEGATE_GUARDED_BY(mutex_);  // empty until it has ended
};

}  // namespace tidegate
