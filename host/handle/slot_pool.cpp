// SPDX-License-Identifier: Apache-2.0
#include "host/handle/slot_pool.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "host/base/check.hpp"
#include "host/base/thread_name.hpp"

namespace tidegate {
namespace {

// Unix seconds at which something that started at a monotonic time began.
double unix_seconds(MonotonicTime started, const Clock& clock) {
  const auto wall = std::chrono::duration<double>(clock.wall().time_since_epoch());
  return (wall - std::chrono::duration<double>(clock.now() - started)).count();
}

}  // namespace

SlotPool::SlotPool(std::unique_ptr<Generation> first, const Clock& clock)
    : clock_(clock), seats_(first->slots()) {
  put_in(std::move(first));
}

SlotPool::~SlotPool() { join(); }

void SlotPool::start() {
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    threads_.emplace_back([this, i] {
      set_thread_name("slot-" + std::to_string(i));
      serve(i);
    });
  }
}

void SlotPool::join() {
  queue_.close();
  threads_.clear();
}

// Lanes keep their order over a swap, because a lane has one chunk out at a time: its next one
// begins when this one is back, whichever generation had it (invariant 6).
void SlotPool::serve(std::size_t slot) {
  Seat& seat = seats_[slot];
  while (Chunk* chunk = queue_.pop()) {
    Generation& generation = seat.sit();
    chunk->plugin = generation.version();
    generation.worker(slot).work(*chunk);
    seat.rise();
  }
}

void SlotPool::put_in(std::unique_ptr<Generation> next) {
  TIDEGATE_CHECK(next->slots() == seats_.size(), "a generation has a worker for each slot");
  Generation& current = *next;
  {
    const MutexLock lock(mutex_);
    generations_.push_back(std::move(next));
  }
  for (Seat& seat : seats_) seat.assign(current);
  plugin_.set(current.version());
}

std::size_t SlotPool::end_old(MonotonicTime until) {
  std::vector<const Generation*> old;
  {
    const MutexLock lock(mutex_);
    for (std::size_t i = 0; i + 1 < generations_.size(); ++i) old.push_back(generations_[i].get());
  }
  std::size_t left = 0;
  for (const Generation* generation : old) {
    if (!wait_left(*generation, until)) ++left;
    else take_out(*generation).reset();  // without the lock: it calls the plugin
  }
  return left;
}

bool SlotPool::wait_left(const Generation& old, MonotonicTime until) {
  return std::all_of(seats_.begin(), seats_.end(),
                     [&](Seat& seat) { return seat.wait_left(old, until); });
}

// Under one lock, so that no scrape counts its calls twice or not at all.
std::unique_ptr<Generation> SlotPool::take_out(const Generation& old) {
  const MutexLock lock(mutex_);
  const auto place = std::find_if(generations_.begin(), generations_.end(),
                                  [&](const auto& one) { return one.get() == &old; });
  std::unique_ptr<Generation> taken = std::move(*place);
  generations_.erase(place);
  taken->add_to(ended_);
  return taken;
}

HandlerFigures SlotPool::figures_of_last() const {
  HandlerFigures figures;
  const MutexLock lock(mutex_);
  generations_.back()->add_to(figures);
  return figures;
}

std::vector<CallInfo> SlotPool::running() const {
  std::vector<CallInfo> calls;
  const MutexLock lock(mutex_);
  for (const auto& generation : generations_) generation->add_running(calls);
  return calls;
}

void SlotPool::add_to(metrics::PipelineSnapshot& snapshot) const {
  snapshot.concurrency = slots();
  {
    const MutexLock lock(mutex_);
    HandlerFigures figures = ended_;
    for (const auto& generation : generations_) generation->add_to(figures);
    figures.add_to(snapshot);
    const WorkerCounts worker = generations_.back()->processes();
    snapshot.worker_pid = worker.pid;
    snapshot.worker_user = to_text(worker.user);
  }
  const std::vector<CallInfo> calls = running();
  snapshot.handlers_in_flight = static_cast<std::uint32_t>(calls.size());
  const auto oldest =
      std::min_element(calls.begin(), calls.end(),
                       [](const CallInfo& a, const CallInfo& b) { return a.started < b.started; });
  if (oldest == calls.end()) return;
  snapshot.oldest_in_flight_unix_seconds = unix_seconds(oldest->started, clock_);
  snapshot.oldest_in_flight_topic = oldest->source->topic;
  snapshot.oldest_in_flight_partition = oldest->source->partition.value;
  snapshot.oldest_in_flight_offset = oldest->offset.value;
}

}  // namespace tidegate
