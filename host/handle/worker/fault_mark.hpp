// SPDX-License-Identifier: Apache-2.0
//
// Catches the signals by which a plugin's fault ends its process, and leaves a mark in the slot
// whose thread it was: the signal, and the top of the stack. Then the signal takes its course, so
// that a core dump shows the fault and nothing else. A stack that has overflowed cannot be stood
// on, so each slot thread brings one for this. Thread rule: in a worker process only.
#pragma once

#include <cstddef>
#include <vector>

#include "host/handle/worker/worker_memory.hpp"

namespace tidegate {

// For the whole process, before its slots start.
void catch_faults();

// While it lives, faults of this thread are marked there. Made and destroyed by the thread.
class MarkedThread {
 public:
  explicit MarkedThread(FaultMark& mark);
  ~MarkedThread();
  MarkedThread(const MarkedThread&) = delete;
  MarkedThread& operator=(const MarkedThread&) = delete;

 private:
  static constexpr std::size_t kStackBytes = std::size_t{64} * 1024;
  std::vector<char> stack_;
};

}  // namespace tidegate
