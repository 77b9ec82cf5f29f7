// SPDX-License-Identifier: Apache-2.0
//
// A FIFO of messages in a ring that grows by doubling: messages lie one behind the other in memory,
// and once the ring has grown nothing is allocated per message. Linked nodes from a pool were tried
// first: their order scatters with use, and every message became a cache miss
// (tests/bench/README.md). The first message has its room in the queue itself, since most keys have
// one message waiting, and there may be a lane for each message in flight. Thread rule: [poll], its
// owner.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "host/handle/chunk.hpp"

namespace tidegate {

class ItemQueue {
 public:
  ItemQueue() = default;
  ItemQueue(const ItemQueue&) = delete;
  ItemQueue& operator=(const ItemQueue&) = delete;

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
    for (std::uint32_t i = 0; i < size_; ++i) visit(items_[(head_ + i) & (capacity_ - 1)]);
  }
  // Lets go of a ring that has grown large. REQUIRES: empty.
  void shrink() {
    if (capacity_ > kKept) move_to(1);
  }
  // Keeps no more room than what is in it needs: it may stay for long.
  void fit() {
    const std::uint32_t needed = std::bit_ceil(size_ | 1U);
    if (capacity_ > 2 * needed) move_to(needed);
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  // How many messages find room.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  static constexpr std::uint32_t kFirst = 4;  // after one
  static constexpr std::uint32_t kKept = 16;  // what an unused lane may keep

  void grow() { move_to(capacity_ == 1 ? kFirst : 2 * capacity_); }

  // REQUIRES: capacity is a power of two, and enough.
  void move_to(std::uint32_t capacity) {
    std::unique_ptr<Item[]> ring;
    if (capacity > 1) ring = std::make_unique<Item[]>(capacity);
    Item* const items = capacity > 1 ? ring.get() : &one_;
    for (std::uint32_t i = 0; i < size_; ++i)
      items[i] = std::move(items_[(head_ + i) & (capacity_ - 1)]);
    ring_ = std::move(ring);
    items_ = items;
    capacity_ = capacity;
    head_ = 0;
  }

  Item one_{};                    // the ring of a queue that holds no more
  Item* items_ = &one_;           // or ring_
  std::unique_ptr<Item[]> ring_;  // of one that does
  std::uint32_t capacity_ = 1;    // a power of two
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace tidegate
