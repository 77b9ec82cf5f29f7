// SPDX-License-Identifier: Apache-2.0
#include "host/base/kafka/held_message.hpp"

#include <cstring>
#include <new>

namespace tidegate::kafka {
namespace {

// Copies bytes to `at` and moves it on; absent stays absent.
const char* put(Bytes source, char*& at) {
  if (source.data() == nullptr) return nullptr;
  const char* begin = at;
  std::memcpy(at, source.data(), source.size());
  at += source.size();
  return begin;
}

}  // namespace

rd_kafka_resp_err_t HeldMessage::headers(rd_kafka_headers_t** headers) const noexcept {
  if (!is_copy()) return rd_kafka_message_headers(raw(), headers);
  if (is_borrowed()) {
    LateHeaders* const late = static_cast<BorrowedMessage*>(copy())->late;
    if (late != nullptr) late->bring();
  }
  *headers = copy()->headers;
  return copy()->headers_error;
}

HeldMessage HeldMessage::copy_of(Bytes key, Bytes value, std::int64_t timestamp_ms) {
  void* memory = ::operator new(sizeof(MessageCopy) + key.size() + value.size());
  char* at = static_cast<char*>(memory) + sizeof(MessageCopy);
  auto* made = new (memory) MessageCopy{};
  made->timestamp_ms = timestamp_ms;
  made->key_size = key.size();
  made->value_size = value.size();
  made->key = put(key, at);
  made->value = put(value, at);
  made->headers_error = RD_KAFKA_RESP_ERR__NOENT;
  HeldMessage message;
  message.set(reinterpret_cast<std::uintptr_t>(made) | kCopyBit);
  return message;
}

std::size_t HeldMessage::copy_out() {
  const std::size_t size = sizeof(MessageCopy) + key().size() + value().size();
  if (is_copy()) return size;
  HeldMessage made = copy_of(key(), value(), timestamp_ms());
  // Detached headers own their bytes, so they do not pin the fetch buffer.
  MessageCopy& copied = *made.copy();
  copied.headers_error = rd_kafka_message_detach_headers(raw(), &copied.headers);
  if (copied.headers_error != RD_KAFKA_RESP_ERR_NO_ERROR) copied.headers = nullptr;
  *this = std::move(made);
  return size;
}

void HeldMessage::destroy_copy() noexcept {
  if (copy()->headers != nullptr) rd_kafka_headers_destroy(copy()->headers);
  copy()->~MessageCopy();
  ::operator delete(copy());
}

}  // namespace tidegate::kafka
