// SPDX-License-Identifier: Apache-2.0
//
// Chunks waiting for a free handler slot of their pipeline, first come first served. One lock and
// at most one wake-up per chunk. Thread rule: push [poll], pop [slot], close [any].
#pragma once

#include <cstddef>

#include "host/base/mutex.hpp"
#include "host/handle/chunk.hpp"

namespace tidegate {

class ReadyQueue {
 public:
  void push(Chunk& chunk);
  // Blocks until there is a chunk; null when closed and empty.
  [[nodiscard]] Chunk* pop();
  // Lets the slots end once the queue is empty.
  void close();

 private:
  Mutex mutex_;
  CondVar filled_;
  Chunk* head_ TIDEGATE_GUARDED_BY(mutex_) = nullptr;
  Chunk* tail_ TIDEGATE_GUARDED_BY(mutex_) = nullptr;
  std::size_t waiting_ TIDEGATE_GUARDED_BY(mutex_) = 0;
  bool closed_ TIDEGATE_GUARDED_BY(mutex_) = false;
};

}  // namespace tidegate
