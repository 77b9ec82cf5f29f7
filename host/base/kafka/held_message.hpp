// SPDX-License-Identifier: Apache-2.0
//
// One message in memory, eight bytes wide: either librdkafka's own, which pins a whole fetch
// buffer, or a copy, which pins nothing but itself. A message that waits long becomes a copy
// (DESIGN §3). A worker process borrows instead: the parts lie in memory that it shares with the
// host. Thread rule: as an ordinary value; it changes hands between [poll] and [slot] with its
// chunk.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "host/base/kafka/origin.hpp"

namespace tidegate::kafka {

// The parts of a copy; its bytes follow it in the same allocation. There may be one for each
// message in flight, so whoever makes it larger looks at consume/memory_meter.hpp.
struct MessageCopy {
  std::int64_t timestamp_ms;
  const char* key;  // null: absent
  const char* value;
  std::size_t key_size;
  std::size_t value_size;
  rd_kafka_headers_t* headers;  // owned; null unless headers_error is no error
  rd_kafka_resp_err_t headers_error;
  std::uint32_t charge = 0;              // what the host counts for it
  std::unique_ptr<const Origin> origin;  // of one that failed before
};

// Who has the headers of borrowed messages until somebody asks for them.
class LateHeaders {
 public:
  virtual ~LateHeaders() = default;
  // Puts them into the parts, unless they are there. [any thread]
  virtual void bring() noexcept = 0;
};

// What a borrowed message consists of; its bytes lie elsewhere.
struct BorrowedMessage : MessageCopy {
  LateHeaders* late = nullptr;  // null: its headers are here
};

// Bytes that may be absent: data() == nullptr.
using Bytes = std::string_view;

class HeldMessage {
 public:
  HeldMessage() = default;
  // Takes ownership of a message that consume returned without error.
  explicit HeldMessage(rd_kafka_message_t* raw) noexcept
      : bits_(reinterpret_cast<std::uintptr_t>(raw)) {}
  // A copy of these bytes, without headers.
  [[nodiscard]] static HeldMessage copy_of(std::string_view key, std::string_view value,
                                           std::int64_t timestamp_ms);
  // The parts stay their owner's, and outlive this.
  [[nodiscard]] static HeldMessage borrow(BorrowedMessage& parts) noexcept {
    HeldMessage message;
    MessageCopy* const copy = &parts;
    message.set(reinterpret_cast<std::uintptr_t>(copy) | kCopyBit | kBorrowedBit);
    return message;
  }
  HeldMessage(HeldMessage&& other) noexcept : bits_(other.let_go()) {}
  HeldMessage& operator=(HeldMessage&& other) noexcept {
    if (this != &other) {
      reset();
      set(other.let_go());
    }
    return *this;
  }
  ~HeldMessage() { reset(); }

  [[nodiscard]] explicit operator bool() const noexcept { return bits() != 0; }
  [[nodiscard]] bool is_copy() const noexcept { return (bits() & kCopyBit) != 0; }

  // REQUIRES of all below: holds a message.
  [[nodiscard]] Bytes key() const noexcept {
    return is_copy() ? Bytes{copy()->key, copy()->key_size} : bytes(raw()->key, raw()->key_len);
  }
  [[nodiscard]] Bytes value() const noexcept {
    return is_copy() ? Bytes{copy()->value, copy()->value_size} : bytes(raw()->payload, raw()->len);
  }
  // Unix milliseconds; -1: none.
  [[nodiscard]] std::int64_t timestamp_ms() const noexcept {
    return is_copy() ? copy()->timestamp_ms : rd_kafka_message_timestamp(raw(), nullptr);
  }
  // Parsed now if they were not; *headers is owned by the message. Returns no error, _NOENT when
  // there are none, or why they cannot be parsed.
  rd_kafka_resp_err_t headers(rd_kafka_headers_t** headers) const noexcept;
  // Replaces librdkafka's message by a copy of it and returns the bytes the copy takes, without its
  // headers.
  std::size_t copy_out();
  // What the meter of memory counts for a copy (consume/memory_meter.hpp). REQUIRES: it is one.
  void put_charge(std::uint32_t bytes) noexcept { copy()->charge = bytes; }
  [[nodiscard]] std::uint32_t charge() const noexcept { return copy()->charge; }
  [[nodiscard]] std::uint32_t take_charge() noexcept { return std::exchange(copy()->charge, 0); }
  // What a message that failed before has behind it; null: nothing that counts.
  [[nodiscard]] const Origin* origin() const noexcept {
    return is_copy() ? copy()->origin.get() : nullptr;
  }
  // REQUIRES: it is a copy.
  void set_origin(std::unique_ptr<const Origin> origin) noexcept {
    copy()->origin = std::move(origin);
  }
  // Takes ownership. REQUIRES: it is a copy without headers.
  void set_headers(rd_kafka_headers_t* headers) noexcept {
    copy()->headers = headers;
    copy()->headers_error = RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  // Starts to bring the message near the processor that will soon read it: another one made it, and
  // most of what handling it costs the host is waiting for its memory. A hint; it covers
  // librdkafka's own structure around the message. Safe while [poll] takes the message away.
  void prefetch() const noexcept {
    // Counted as integers: a message that was taken away meanwhile is a null pointer.
    constexpr std::uintptr_t kLine = 64;
    std::uintptr_t at = (bits() & ~kTagBits) - 2 * kLine;
    for (int line = -2; line <= 2; ++line, at += kLine)
      __builtin_prefetch(reinterpret_cast<const void*>(at), /*rw=*/0);
  }
  // Destroys the message.
  void reset() noexcept {
    if (bits() == 0) return;
    if (is_copy()) {
      if (!is_borrowed()) destroy_copy();
    } else {
      rd_kafka_message_destroy(raw());
    }
    set(0);
  }

 private:
  // Both kinds are at least 8-aligned, so these bits are free.
  static constexpr std::uintptr_t kCopyBit = 1;
  static constexpr std::uintptr_t kBorrowedBit = 2;  // of a copy
  static constexpr std::uintptr_t kTagBits = kCopyBit | kBorrowedBit;
  static Bytes bytes(const void* data, std::size_t size) noexcept {
    return {static_cast<const char*>(data), size};
  }
  [[nodiscard]] rd_kafka_message_t* raw() const noexcept {
    return reinterpret_cast<rd_kafka_message_t*>(bits());
  }
  [[nodiscard]] MessageCopy* copy() const noexcept {
    return reinterpret_cast<MessageCopy*>(bits() & ~kTagBits);
  }
  [[nodiscard]] bool is_borrowed() const noexcept { return (bits() & kBorrowedBit) != 0; }
  void destroy_copy() noexcept;

  [[nodiscard]] std::uintptr_t bits() const noexcept {
    return bits_.load(std::memory_order_relaxed);
  }
  void set(std::uintptr_t bits) noexcept { bits_.store(bits, std::memory_order_relaxed); }
  [[nodiscard]] std::uintptr_t let_go() noexcept {
    const std::uintptr_t held = bits();
    set(0);
    return held;
  }

  // Atomic for prefetch() alone: a slot looks ahead at messages that are not its own yet.
  std::atomic<std::uintptr_t> bits_{0};
};

}  // namespace tidegate::kafka
