// SPDX-License-Identifier: Apache-2.0
//
// From lanes to slots and back, for one consumer: cuts what may start into chunks, hands them to
// the pipeline's slots, and frees the lanes when chunks return. Messages that are not handed out,
// or handed out and not begun, stay within reach of the poll thread. Thread rule: [poll] of the
// owning consumer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "host/dispatch/chunk_sizer.hpp"
#include "host/dispatch/partition_lanes.hpp"
#include "host/handle/ready_queue.hpp"

namespace tidegate {

struct DispatchPolicy {
  std::uint32_t slots = 1;           // of the pipeline
  std::uint32_t max_chunks = 2;      // out at once
  std::uint32_t batch_messages = 1;  // of one handle_batch call
  Duration batch_wait{};             // how long a batch of more than one may wait to fill
};

class Dispatcher {
 public:
  // queue and home outlive the dispatcher. home: where slots return its chunks.
  Dispatcher(const DispatchPolicy& policy, ReadyQueue& queue, ChunkReturn& home);
  // REQUIRES: no chunk is out.
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // Queues a run of messages, which it moves from. Chunks go out with flush().
  void add(const std::shared_ptr<PartitionLanes>& lanes, std::span<Item> run, MonotonicTime now);
  // Hands out as many chunks as the slots can use now.
  void flush(MonotonicTime now);
  // When flush() has to be called again for a batch that waits to fill or a lane that is parked;
  // empty: no need.
  [[nodiscard]] std::optional<MonotonicTime> next_flush() const;

  // A chunk came back: frees its lanes; what it brings back unclaimed, and of the claimed items
  // those that chunk.waiting names, stand at the front of their lanes again; lanes of those that
  // chunk.parked names start nothing before its time. The other claimed items are the caller's;
  // recycle the chunk afterwards.
  void returned(Chunk& chunk, MonotonicTime now);
  void recycle(Chunk& chunk);

  // Takes back what is handed out longer than `age` and not begun: it waits in its lane again.
  void take_back_older_than(Duration age, MonotonicTime now);
  // Removes everything of these lanes that no handler call has begun; drop(Item&&) gets each
  // message. Returns how many messages are begun and not back yet.
  template <class Drop>
  std::uint64_t close(PartitionLanes& lanes, Drop drop);
  // Messages of these lanes that are begun and not back yet. REQUIRES: close()d.
  [[nodiscard]] std::uint64_t begun(const PartitionLanes& lanes) const;

  [[nodiscard]] std::uint64_t chunks_out() const { return out_.size(); }
  // While held, no handler call begins; those that have begun end.
  void hold(bool held, MonotonicTime now);
  [[nodiscard]] bool held() const { return held_; }
  // Another version of the plugin handles from now on.
  void set_batch_messages(std::uint32_t messages) { policy_.batch_messages = messages; }

 private:
  [[nodiscard]] Duration batch_wait() const {
    return policy_.batch_messages > 1 ? policy_.batch_wait : Duration::zero();
  }
  void list(const std::shared_ptr<PartitionLanes>& lanes, MonotonicTime now);
  void park(Chunk& chunk, const std::shared_ptr<PartitionLanes>& lanes);
  void unpark_due(MonotonicTime now);
  [[nodiscard]] bool due(const PartitionLanes& lanes, MonotonicTime now) const;
  void put_back(Chunk& chunk, ItemRange rest, MonotonicTime now);
  void hand_out(const std::shared_ptr<PartitionLanes>& lanes, MonotonicTime now);
  [[nodiscard]] std::unique_ptr<Chunk> make_chunk();

  DispatchPolicy policy_;
  ReadyQueue& queue_;
  ChunkReturn& home_;
  ChunkSizer sizer_;
  std::vector<std::shared_ptr<PartitionLanes>> ready_;  // partitions with ready messages, in turn
  std::vector<std::shared_ptr<PartitionLanes>> round_;  // the same, while flush() goes through them
  std::vector<std::shared_ptr<PartitionLanes>> parked_;  // partitions with parked lanes
  std::vector<std::unique_ptr<Chunk>> out_;
  std::vector<std::unique_ptr<Chunk>> idle_;
  bool held_ = false;
};

template <class Drop>
std::uint64_t Dispatcher::close(PartitionLanes& lanes, Drop drop) {
  lanes.clear(drop);
  for (const auto& chunk : out_) {
    if (chunk->source.get() != &lanes) continue;
    const ItemRange rest = chunk->close();
    for (std::uint32_t i = rest.first; i < rest.first + rest.count; ++i)
      drop(std::move(chunk->items[i]));
  }
  return begun(lanes);
}

}  // namespace tidegate
