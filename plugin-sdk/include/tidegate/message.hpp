// SPDX-License-Identifier: Apache-2.0
//
// The message as a C++ handler sees it. Nothing is copied: every view points into the host's memory
// and is valid until the handler call returns; copy what you keep. Thread rule: [slot], the thread
// that runs the call.
#pragma once

#include <tidegate/plugin.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace tidegate {

namespace detail {
inline std::string_view view(const tidegate_bytes& bytes) noexcept {
  return {static_cast<const char*>(bytes.data), bytes.size};
}
}  // namespace detail

// One header. Kafka allows a name more than once, and a header without value.
struct Header {
  std::string_view name;
  std::string_view value;  // empty when there is none
  bool has_value = false;
};

// The headers of one message, in their order.
class Headers {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Header;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Header;

    explicit Iterator(const tidegate_header* at) noexcept : at_(at) {}
    Header operator*() const noexcept { return make(*at_); }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return at_ == other.at_; }
    bool operator!=(const Iterator& other) const noexcept { return at_ != other.at_; }

   private:
    const tidegate_header* at_;
  };

  Headers(const tidegate_header* first, std::size_t count) noexcept
      : first_(first), count_(count) {}
  Iterator begin() const noexcept { return Iterator(first_); }
  Iterator end() const noexcept { return Iterator(first_ + count_); }
  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  // The last header of that name: where a name repeats, Kafka's clients take the last.
  std::optional<Header> find(std::string_view name) const noexcept {
    for (std::size_t i = count_; i > 0; --i) {
      if (detail::view(first_[i - 1].name) == name) return make(first_[i - 1]);
    }
    return std::nullopt;
  }

 private:
  static Header make(const tidegate_header& raw) noexcept {
    return {detail::view(raw.name), detail::view(raw.value), raw.value.data != nullptr};
  }
  const tidegate_header* first_;
  std::size_t count_;
};

// One Kafka record.
class Message {
 public:
  // REQUIRES: both outlive the message; they do during a handler call.
  Message(const tidegate_message& raw, const tidegate_host& host) noexcept
      : raw_(&raw), host_(&host) {}

  // Where the message was first read from, on retries too.
  std::string_view topic() const noexcept { return detail::view(raw_->topic); }
  std::int32_t partition() const noexcept { return raw_->partition; }
  std::int64_t offset() const noexcept { return raw_->offset; }
  // Any bytes; empty when absent too, which has_key() and has_value() tell apart.
  std::string_view key() const noexcept { return detail::view(raw_->key); }
  std::string_view value() const noexcept { return detail::view(raw_->value); }
  bool has_key() const noexcept { return raw_->key.data != nullptr; }
  bool has_value() const noexcept { return raw_->value.data != nullptr; }
  // Unix time in milliseconds; -1: the message has none.
  std::int64_t timestamp_ms() const noexcept { return raw_->timestamp_ms; }
  // 1 at the first handler call for this message.
  std::uint32_t attempt() const noexcept { return raw_->attempt; }
  // A worker process died while this message was in its hands.
  bool suspect() const noexcept { return (raw_->flags & TIDEGATE_MESSAGE_SUSPECT) != 0; }
  // When the call should have returned. steady_clock is CLOCK_MONOTONIC on Linux.
  std::optional<std::chrono::steady_clock::time_point> deadline() const noexcept {
    if (raw_->deadline_ns == 0) return std::nullopt;
    return std::chrono::steady_clock::time_point(
        std::chrono::nanoseconds(static_cast<std::int64_t>(raw_->deadline_ns)));
  }
  // Parsed by the host at the first call. Throws when they are damaged.
  Headers headers() const {
    const tidegate_header* first = nullptr;
    std::size_t count = 0;
    if (host_->headers(host_, raw_, &first, &count) != 0) {
      throw std::runtime_error("the message's headers cannot be read");
    }
    return Headers(first, count);
  }
  const tidegate_message& raw() const noexcept { return *raw_; }

 private:
  const tidegate_message* raw_;
  const tidegate_host* host_;
};

}  // namespace tidegate
