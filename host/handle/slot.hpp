// SPDX-License-Identifier: Apache-2.0
//
// One handler slot's way of calling one version of the plugin for the messages of a chunk. It turns
// every way to fail into a Failure and never lets an exception out. Messages go back with their
// chunk: the poll thread, which has their memory in its cache, destroys them. Thread rule: work()
// is [slot]; stats() and running() are [any].
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/base/clock.hpp"
#include "host/handle/batch_room.hpp"
#include "host/handle/call_notes.hpp"
#include "host/handle/call_policy.hpp"
#include "host/handle/call_progress.hpp"
#include "host/handle/chunk.hpp"
#include "host/handle/chunk_worker.hpp"
#include "host/handle/host_message.hpp"

namespace tidegate {

class Slot final : public ChunkWorker {
 public:
  // instance: what the table's functions get; may be shared with other slots if the plugin allows
  // it. progress: may be null. All arguments outlive the slot.
  Slot(const tidegate_plugin& table, void* instance, const CallPolicy& policy, const Clock& clock,
       CallProgress* progress = nullptr);

  void work(Chunk& chunk) override;

  [[nodiscard]] const SlotStats& stats() const override { return stats_; }
  [[nodiscard]] const RunningCall& running() const override { return running_; }

 private:
  void work_one_by_one(Chunk& chunk);
  void work_in_batches(Chunk& chunk);
  // Whether the rest of the chunk stays behind a message that waits.
  [[nodiscard]] bool call_batch(Chunk& chunk, ItemRange range);
  // One handle call, after which the message is gone unless it failed.
  tidegate_status attempt(Chunk& chunk, std::uint32_t index);
  // A call answered ok: the message is gone, unless what it emitted must arrive first. Returns
  // another status where an output was refused.
  tidegate_status succeed(Chunk& chunk, std::uint32_t index, HostMessage& message);
  void fail(Chunk& chunk, std::uint32_t index, tidegate_status status,
            const tidegate_result& result);
  [[nodiscard]] std::uint64_t deadline_after(MonotonicTime begin) const;

  const tidegate_plugin& table_;
  void* const instance_;
  const CallPolicy& policy_;
  const Clock& clock_;
  CallProgress* const progress_;
  SlotStats stats_;
  CallNotes notes_;
  RunningCall running_;

  std::uint32_t stride_ = 1;  // calls between two clock reads; grows while calls are short
  std::uint64_t deadline_ns_ = 0;
  HostMessage message_;
  tidegate_result result_{};
  std::vector<char> reason_;

  std::vector<const Lane*> waiting_lanes_;  // of this batch: those with a message that waits
  std::optional<BatchRoom> batch_;          // empty when the plugin has no handle_batch
};

}  // namespace tidegate
