// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/worker_slot.hpp"

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
    const std::uint32_t asked = link_.request.value();
    if (asked == done) {
      link_.request.wait_while(done, kLookForStop);
      continue;
    }
    work();
    done = asked;
    link_.reply.ring(done);
  }
}

void WorkerSlot::work() {
  answers_.clear();
  chunk_.failures.clear();
  chunk_.unattempted.clear();
  chunk_.emitted.clear();
  TIDEGATE_CHECK(room_.read(messages_, chunk_), "the host wrote this run of messages");
  chunk_.open();
  slot_.work(chunk_);
}

}  // namespace tidegate
