// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/worker_slot.hpp"

#include <utility>

#include "host/base/check.hpp"
#include "host/handle/worker/fault_mark.hpp"

namespace tidegate {
namespace {

constexpr Duration kLookForStop = std::chrono::seconds(1);

}  // namespace

WorkerSlot::WorkerSlot(const WorkerMemory& memory, std::uint32_t slot, const tidegate_plugin& table,
                       void* instance, const CallPolicy& policy, const Clock& clock)
    : memory_(memory),
      link_(memory.link(slot)),
      messages_(memory.messages(slot)),
      answers_(link_, memory.answers(slot)),
      slot_(table, instance, policy, clock, &answers_) {
  chunk_.home = &answers_;
}

void WorkerSlot::run() {
  const MarkedThread marked(link_.fault);
  std::uint32_t done = 0;
  while (memory_.header().stop.value() == 0) {
    asked_ = link_.request.value();
    if (asked_ == done) {
      link_.request.wait_while(done, kLookForStop);
      continue;
    }
    work();
    done = link_.request.value();  // one more where headers were brought
    link_.reply.ring(asked_ + 1);
  }
}

void WorkerSlot::bring() noexcept {
  const MutexLock lock(mutex_);
  if (std::exchange(brought_, true)) return;
  link_.reply.ring(asked_);
  while (link_.request.value() == asked_) link_.request.wait_while(asked_, kLookForStop);
  room_.read_late_headers(messages_);
}

void WorkerSlot::work() {
  answers_.clear();
  chunk_.failures.clear();
  chunk_.unattempted.clear();
  chunk_.emitted.clear();
  {
    const MutexLock lock(mutex_);
    brought_ = false;
  }
  TIDEGATE_CHECK(room_.read(messages_, chunk_, *this), "the host wrote this run of messages");
  chunk_.open();
  slot_.work(chunk_);
}

}  // namespace tidegate
