// SPDX-License-Identifier: Apache-2.0
//
// The handler slots of one pipeline: `concurrency` threads, the queue that feeds them, and the
// generations of the plugin they work with. The last one put in gets every chunk that begins; those
// before it end with the chunks they had. Thread rule: construct, start, join on [main]; put_in and
// end_old on [main] or [swap], one at a time; the rest [any].
#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "host/base/metrics/snapshot.hpp"
#include "host/handle/generation.hpp"
#include "host/handle/ready_queue.hpp"
#include "host/handle/seat.hpp"

namespace tidegate {

class SlotPool {
 public:
  // first: what they work with until another one is put in. clock outlives it.
  SlotPool(std::unique_ptr<Generation> first, const Clock& clock);
  // Joins the slots. REQUIRES: no handler call is stuck.
  ~SlotPool();
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;

  void start();
  // Ends the slots once the queue is empty, and waits for them.
  void join();

  [[nodiscard]] ReadyQueue& queue() { return queue_; }
  [[nodiscard]] std::uint32_t slots() const { return static_cast<std::uint32_t>(seats_.size()); }
  [[nodiscard]] const CurrentPlugin& plugin() const { return plugin_; }

  // Every slot takes it at its next chunk; returns at once. REQUIRES: as many slots.
  void put_in(std::unique_ptr<Generation> next);
  // Ends the generations before the last one, each as soon as no slot works with it, for so long.
  // How many are left: they have a call that lasts.
  std::size_t end_old(MonotonicTime until);
  // What the last one has counted since it was put in.
  [[nodiscard]] HandlerFigures figures_of_last() const;

  // The calls that run now.
  [[nodiscard]] std::vector<CallInfo> running() const;
  // Adds the slots' figures to a snapshot.
  void add_to(metrics::PipelineSnapshot& snapshot) const;

 private:
  void serve(std::size_t slot);
  [[nodiscard]] bool wait_left(const Generation& old, MonotonicTime until);
  [[nodiscard]] std::unique_ptr<Generation> take_out(const Generation& old);

  const Clock& clock_;
  CurrentPlugin plugin_;
  ReadyQueue queue_;
  std::vector<Seat> seats_;
  mutable Mutex mutex_;
  // Never empty; the last one is the current one.
  std::vector<std::unique_ptr<Generation>> generations_ TIDEGATE_GUARDED_BY(mutex_);
  HandlerFigures ended_ TIDEGATE_GUARDED_BY(mutex_);  // of those that have ended
  std::vector<std::jthread> threads_;                 // last: joined before what they use goes away
};

}  // namespace tidegate
