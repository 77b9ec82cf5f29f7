// SPDX-License-Identifier: Apache-2.0
//
// A handler slot of the host whose calls a worker process makes: it hands over the messages of a
// chunk in runs, waits, and takes the answers. Where the worker dies meanwhile, what it had
// answered counts, one message may be to blame (a Failure of kind crash or timeout), and all else
// goes back unattempted. Thread rule: work() is [slot]; stats() and running() are [any].
#pragma once

#include <cstdint>
#include <vector>

#include "host/handle/call_notes.hpp"
#include "host/handle/call_policy.hpp"
#include "host/handle/chunk_worker.hpp"
#include "host/handle/worker/answer_log.hpp"
#include "host/handle/worker/worker_supervisor.hpp"

namespace tidegate {

class RemoteSlot final : public ChunkWorker {
 public:
  // All arguments outlive it.
  RemoteSlot(WorkerSupervisor& supervisor, std::uint32_t slot, const CallPolicy& policy,
             const Clock& clock);

  void work(Chunk& chunk) override;

  [[nodiscard]] const SlotStats& stats() const override { return stats_; }
  [[nodiscard]] const RunningCall& running() const override { return running_; }

 private:
  // Whether the chunk may go on.
  [[nodiscard]] bool exchange(Chunk& chunk);
  // Claims messages and writes them for the worker.
  [[nodiscard]] std::uint32_t hand_over(Chunk& chunk, char* area, std::uint32_t most);
  [[nodiscard]] std::uint32_t most_of_run() const;
  void too_large(Chunk& chunk, std::uint32_t index);
  [[nodiscard]] WorkerLife::Awaited await(const Chunk& chunk, WorkerLife& life);
  void give_headers(const Chunk& chunk, WorkerLife& life);
  [[nodiscard]] bool take_answers(Chunk& chunk, WorkerLife& life, MonotonicTime begin);
  [[nodiscard]] bool take_ending(Chunk& chunk, WorkerLife& life, MonotonicTime begin);
  // What became of the first `settled` messages of the run.
  void apply(Chunk& chunk, RunAnswers& answers, std::uint32_t settled);
  void leave_unattempted(Chunk& chunk, std::uint32_t first, std::uint32_t end);
  [[nodiscard]] bool rest_waits(Chunk& chunk, std::size_t failures_before);
  void fit_stride(Duration handling, std::uint32_t calls);

  WorkerSupervisor& supervisor_;
  const std::uint32_t slot_;
  const CallPolicy& policy_;
  const Clock& clock_;
  SlotStats stats_;
  CallNotes notes_;
  RunningCall running_;
  std::uint32_t stride_ = 1;         // messages of a run; grows while their calls are short
  std::vector<std::uint32_t> sent_;  // of this run: indices in the chunk
  std::vector<bool> unfinished_;     // of this run: those that are not simply ok
  std::size_t handed_bytes_ = 0;     // of this run
  bool headers_wanted_ = false;      // by the plugin, ever
};

}  // namespace tidegate
