// SPDX-License-Identifier: Apache-2.0
#include "host/handle/ready_queue.hpp"

#include <utility>

namespace tidegate {

void ReadyQueue::push(Chunk& chunk) {
  bool slot_sleeps = false;
  {
    MutexLock lock(mutex_);
    chunk.next = nullptr;
    if (tail_ != nullptr) tail_->next = &chunk;
    else head_ = &chunk;
    tail_ = &chunk;
    slot_sleeps = waiting_ > 0;
  }
  if (slot_sleeps) filled_.notify_one();
}

Chunk* ReadyQueue::pop() {
  MutexLock lock(mutex_);
  ++waiting_;
  filled_.wait(mutex_, [this]() TIDEGATE_REQUIRES(mutex_) { return head_ != nullptr || closed_; });
  --waiting_;
  if (head_ == nullptr) return nullptr;
  Chunk* chunk = std::exchange(head_, head_->next);
  if (head_ == nullptr) tail_ = nullptr;
  return chunk;
}

void ReadyQueue::close() {
  {
    MutexLock lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
}

}  // namespace tidegate
