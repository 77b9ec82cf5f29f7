// SPDX-License-Identifier: Apache-2.0
//
// What a handler sends to other topics (tidegate.emit/1), copied into the host's memory while the
// call runs. Each message is one block of memory: it travels from the slot to the poll thread,
// waits there for its acknowledgement, and most of what it costs is its memory coming and going.
// Thread rule: values; [slot] makes them, [poll] sends them.
#pragma once

#include <tidegate/plugin.h>

#include <cstdint>
#include <iterator>
#include <memory>
#include <string>

#include "host/base/kafka/held_message.hpp"
#include "host/base/types.hpp"
#include "host/route/copy_headers.hpp"

namespace tidegate {

struct Output;
struct OutputDeleter {
  void operator()(Output* output) const noexcept;
};
using OutputPtr = std::unique_ptr<Output, OutputDeleter>;

// Its texts lie behind it in the same block.
struct Output {
  const char* topic = nullptr;  // ends with a NUL
  kafka::Bytes key;             // data() == nullptr: absent
  kafka::Bytes value;
  Headers headers;                // null: none
  std::int64_t timestamp_ms = 0;  // -1: now
  Partition partition{-1};        // -1: by the key's hash, any where there is no key
  std::size_t bytes = 0;          // of memory, about
  Output* next = nullptr;         // in its list
};

// Copies what a plugin handed over; null: `problem` says why not.
[[nodiscard]] OutputPtr make_output(const tidegate_output& raw, std::string& problem);

// What one call emitted, in its order.
class Outputs {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = const Output;
    using difference_type = std::ptrdiff_t;
    using pointer = const Output*;
    using reference = const Output&;
    explicit Iterator(const Output* at = nullptr) : at_(at) {}
    const Output& operator*() const { return *at_; }
    Iterator& operator++() {
      at_ = at_->next;
      return *this;
    }
    bool operator==(const Iterator& other) const = default;

   private:
    const Output* at_;
  };

  Outputs() = default;
  Outputs(Outputs&& other) noexcept { *this = std::move(other); }
  Outputs& operator=(Outputs&& other) noexcept;
  ~Outputs() { clear(); }

  void push_back(OutputPtr output);
  void clear() noexcept;
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  // Of memory, about; what librdkafka takes is not in it.
  [[nodiscard]] std::uint64_t bytes() const;
  // REQUIRES: not empty.
  [[nodiscard]] const Output& front() const { return *first_; }
  [[nodiscard]] Iterator begin() const { return Iterator(first_); }
  [[nodiscard]] Iterator end() const { return Iterator(); }

 private:
  Output* first_ = nullptr;  // owned, and the others with it
  Output* last_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace tidegate
