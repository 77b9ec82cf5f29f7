// SPDX-License-Identifier: Apache-2.0
//
// One handler slot: a thread that takes chunks, calls the plugin for their messages and returns
// them. It turns every way to fail into a Failure and never lets an exception out. Messages go back
// with their chunk: the poll thread, which has their memory in its cache, destroys them. Thread rule: run() is [slot]; stats() and running() are [any].
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/base/clock.hpp"
#include "host/handle/batch_room.hpp"
#include "host/handle/chunk.hpp"
#include "host/handle/host_message.hpp"
#include "host/handle/ready_queue.hpp"
#include "host/handle/running_call.hpp"
#include "host/handle/slot_stats.hpp"

namespace tidegate {

// How a pipeline's slots call its plugin.
struct CallPolicy {
  Duration handler_timeout{};        // shown to the plugin as its deadline; 0: none
  std::uint32_t batch_messages = 1;  // largest handle_batch call
  // Whether what a batch call left unanswered is attempted again one by one; at_most_once must not.
  enum class Unanswered : std::uint8_t { attempt_again, failed };
  Unanswered unanswered = Unanswered::attempt_again;
  // After which answers a message waits where it is, so that nothing behind it in its lane may be
  // attempted before it: none (at_most_once), pause, or whatever may lead to another attempt
  // (retry.mode = "in_place").
  enum class Waits : std::uint8_t { never, on_pause, on_failure };
  Waits waits = Waits::on_pause;
};

class Slot {
 public:
  // instance: what the table's functions get; may be shared with other slots if the plugin allows
  // it. All arguments outlive the slot.
  Slot(const tidegate_plugin& table, void* instance, const CallPolicy& policy, const Clock& clock);

  // Works until the queue is closed and empty.
  void run(ReadyQueue& queue);
  // Handles one chunk and gives it back; for tests, and the body of run().
  void work(Chunk& chunk);

  [[nodiscard]] const SlotStats& stats() const { return stats_; }
  [[nodiscard]] const RunningCall& running() const { return running_; }

 private:
  void work_one_by_one(Chunk& chunk);
  void work_in_batches(Chunk& chunk);
  // Whether the rest of the chunk stays behind a message that waits.
  [[nodiscard]] bool call_batch(Chunk& chunk, ItemRange range);
  [[nodiscard]] bool waits_after(tidegate_status answer) const;
  // Passes over what stands behind a message in its lane; whether that is the rest of the chunk.
  // REQUIRES: nothing behind `index` is claimed.
  [[nodiscard]] bool hold_back(Chunk& chunk, std::uint32_t index);
  // One handle call, after which the message is gone unless it failed.
  tidegate_status attempt(Chunk& chunk, std::uint32_t index);
  // A call answered ok: the message is gone, unless what it emitted must arrive first. Returns
  // another status where an output was refused.
  tidegate_status succeed(Chunk& chunk, std::uint32_t index, HostMessage& message);
  void fail(Chunk& chunk, std::uint32_t index, tidegate_status status,
            const tidegate_result& result);
  void observe(MonotonicTime begin, MonotonicTime end, std::uint64_t calls);
  void observe_ages();
  // Of a message that has just been answered: notes it where it had failed before.
  void note_retry(const kafka::HeldMessage& message, tidegate_status answer) {
    if (const kafka::Origin* origin = message.origin()) [[unlikely]]
      retries_.push_back({origin->due, origin->first_failure_ms, answer == TIDEGATE_OK});
  }
  void observe_retries(MonotonicTime begin);
  [[nodiscard]] std::uint64_t deadline_after(MonotonicTime begin) const;

  const tidegate_plugin& table_;
  void* const instance_;
  const CallPolicy& policy_;
  const Clock& clock_;
  SlotStats stats_;
  RunningCall running_;

  std::uint32_t stride_ = 1;  // calls between two clock reads; grows while calls are short
  std::uint64_t deadline_ns_ = 0;
  std::uint32_t failed_in_stride_ = 0;
  std::vector<std::int64_t> timestamps_ms_;  // of the messages of this stride
  struct Retry {
    MonotonicTime due;
    std::int64_t first_failure_ms;
    bool ended;
  };
  std::vector<Retry> retries_;  // of the messages of this stride: those that had failed before
  HostMessage message_;
  tidegate_result result_{};
  std::vector<char> reason_;

  std::vector<const Lane*> waiting_lanes_;  // of this batch: those with a message that waits
  std::optional<BatchRoom> batch_;          // empty when the plugin has no handle_batch
};

}  // namespace tidegate
