// SPDX-License-Identifier: Apache-2.0
//
// One handler slot of a worker process: takes runs of messages from the memory shared with the
// host, has the same Slot that the host uses call the plugin for them, and writes down what became
// of each as it goes along. Thread rule: run() is the slot's own thread; all else before and after.
#pragma once

#include <cstdint>

#include "host/base/kafka/held_message.hpp"
#include "host/base/mutex.hpp"
#include "host/handle/slot.hpp"
#include "host/handle/worker/answer_log.hpp"
#include "host/handle/worker/message_stream.hpp"

namespace tidegate {

class WorkerSlot final : private kafka::LateHeaders {
 public:
  // All arguments outlive it.
  WorkerSlot(const WorkerMemory& memory, std::uint32_t slot, const tidegate_plugin& table,
             void* instance, const CallPolicy& policy, const Clock& clock);

  // Until the host says stop.
  void run();

 private:
  void work();
  // Asks the host for the headers of all messages of this run. [any thread of the plugin]
  void bring() noexcept override;

  const WorkerMemory& memory_;
  SlotLink& link_;
  const char* const messages_;
  AnswerLog answers_;
  Slot slot_;
  MessageRoom room_;
  Chunk chunk_;
  std::uint32_t asked_ = 0;  // the host's number of this run
  Mutex mutex_;
  bool brought_ TIDEGATE_GUARDED_BY(mutex_) = false;  // headers of this run
};

}  // namespace tidegate
