// SPDX-License-Identifier: Apache-2.0
//
// A FIFO of messages in a ring that grows by doubling: messages lie one behind the other in memory,
// and once the ring has grown nothing is allocated per message. Linked nodes from a pool were tried
// first: their order scatters with use, and every message became a cache miss
// (tests/bench/README.md). Thread rule: [poll], its owner.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "host/handle/chunk.hpp"

namespace tidegate {

class ItemQueue {
 public:
  void push_back(Item&& item) {
    if (size_ == capacity_) grow();
    items_[(head_ + size_) & (capacity_ - 1)] = std::move(item);
    ++size_;
  }
  void push_front(Item&& item) {
    if (size_ == capacity_) grow();
    head_ = (head_ - 1) & (capacity_ - 1);
    items_[head_] = std::move(item);
    ++size_;
  }
  // REQUIRES: not empty.
  [[nodiscard]] Item pop_front() {
    Item& front = items_[head_];
    head_ = (head_ + 1) & (capacity_ - 1);
    --size_;
    return std::move(front);
  }
  // REQUIRES: not empty.
  [[nodiscard]] Item pop_back() {
    --size_;
    return std::move(items_[(head_ + size_) & (capacity_ - 1)]);
  }
  // Calls visit(Item&) from front to back.
  template <class Visit>
  void for_each(Visit visit) {
    for (std::size_t i = 0; i < size_; ++i) visit(items_[(head_ + i) & (capacity_ - 1)]);
  }
  // Lets go of a ring that has grown large. REQUIRES: empty.
  void shrink() {
    if (capacity_ <= kKept) return;
    items_.reset();
    capacity_ = head_ = 0;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  static constexpr std::size_t kFirst = 4;  // most keys have few messages waiting
  static constexpr std::size_t kKept = 64;  // what an unused lane may keep

  void grow() {
    const std::size_t capacity = capacity_ == 0 ? kFirst : 2 * capacity_;
    auto items = std::make_unique<Item[]>(capacity);
    for (std::size_t i = 0; i < size_; ++i)
      items[i] = std::move(items_[(head_ + i) & (capacity_ - 1)]);
    items_ = std::move(items);
    capacity_ = capacity;
    head_ = 0;
  }

  std::unique_ptr<Item[]> items_;
  std::size_t capacity_ = 0;  // a power of two, or 0
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace tidegate
