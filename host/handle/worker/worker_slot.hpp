// SPDX-License-Identifier: Apache-2.0
//
// One handler slot of a worker process: takes runs of messages from the memory shared with the
// host, has the same Slot that the host uses call the plugin for them, and writes down what became
// of each as it goes along. Thread rule: run() is the slot's own thread; all else before and after.
#pragma once

#include <cstdint>

#include "host/handle/slot.hpp"
#include "host/handle/worker/answer_log.hpp"
#include "host/handle/worker/message_stream.hpp"

namespace tidegate {

class WorkerSlot {
 public:
  // All arguments outlive it.
  WorkerSlot(const WorkerMemory& memory, std::uint32_t slot, const tidegate_plugin& table,
             void* instance, const CallPolicy& policy, const Clock& clock);

  // Until the host says stop.
  void run();

 private:
  void work();

  const WorkerMemory& memory_;
  SlotLink& link_;
  const char* const messages_;
  AnswerLog answers_;
  Slot slot_;
  MessageRoom room_;
  Chunk chunk_;
};

}  // namespace tidegate
