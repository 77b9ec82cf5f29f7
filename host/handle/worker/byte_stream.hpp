// SPDX-License-Identifier: Apache-2.0
//
// Values and byte strings one behind the other in a bounded piece of memory, and the reader that
// takes nothing on trust. Numbers are in this machine's own form: both sides run on it. Absent byte
// strings stay apart from empty ones. Thread rule: as an ordinary value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "host/base/kafka/held_message.hpp"

namespace tidegate {

class ByteWriter {
 public:
  ByteWriter(char* to, std::size_t room) : to_(to), room_(room) {}

  template <class T>
  void value(T v) {
    static_assert(std::is_trivially_copyable_v<T>);
    put(&v, sizeof v);
  }
  void bytes(kafka::Bytes bytes) {
    value(bytes.data() == nullptr ? kAbsent : static_cast<std::int64_t>(bytes.size()));
    put(bytes.data(), bytes.size());
  }
  // Of what was written so far.
  [[nodiscard]] std::size_t size() const { return size_; }
  // Whether all of it had room; what had none was left out.
  [[nodiscard]] bool fits() const { return fits_; }
  // Takes back what was written beyond a size.
  void rewind(std::size_t size) {
    size_ = size;
    fits_ = true;
  }

  static constexpr std::int64_t kAbsent = -1;

 private:
  void put(const void* from, std::size_t size) {
    if (size > room_ - size_) fits_ = false;
    if (!fits_ || size == 0) return;
    std::memcpy(to_ + size_, from, size);
    size_ += size;
  }

  char* const to_;
  const std::size_t room_;
  std::size_t size_ = 0;
  bool fits_ = true;
};

// Reads each byte once, so that what was checked is what is used, even where the writer goes on
// writing.
class ByteReader {
 public:
  ByteReader(const char* from, std::size_t size) : from_(from), size_(size) {}

  template <class T>
  [[nodiscard]] T value() {
    static_assert(std::is_trivially_copyable_v<T>);
    T v{};
    if (const char* at = take(sizeof v)) std::memcpy(&v, at, sizeof v);
    return v;
  }
  // Points into the memory that is read.
  [[nodiscard]] kafka::Bytes bytes() {
    const auto size = value<std::int64_t>();
    if (size == ByteWriter::kAbsent) return {};
    if (size < 0) ok_ = false;
    const char* const at = take(static_cast<std::size_t>(size));
    return at == nullptr ? kafka::Bytes{} : kafka::Bytes{at, static_cast<std::size_t>(size)};
  }
  [[nodiscard]] bool at_end() const { return at_ == size_; }
  // Of what was read so far.
  [[nodiscard]] std::size_t position() const { return at_; }
  // False once something was read that is not there; what is read from then on is zero.
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  const char* take(std::size_t size) {
    if (!ok_ || size > size_ - at_) {
      ok_ = false;
      return nullptr;
    }
    const char* const at = from_ + at_;
    at_ += size;
    return at;
  }

  const char* const from_;
  const std::size_t size_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace tidegate
