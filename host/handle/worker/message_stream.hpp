// SPDX-License-Identifier: Apache-2.0
//
// A run of messages on its way from the host to a worker's slot. The worker does not copy them: its
// items borrow what lies in the message area, which stays as it is until the run is answered.
// Headers come along only for a plugin that has asked for them before; to another one they are late
// (worker_exchange.cpp): parsing them is the largest part of handing a message over.
// Thread rule: the writer [slot] in the host, the reader [slot] in the worker.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/handle/chunk.hpp"
#include "host/handle/worker/byte_stream.hpp"

namespace tidegate {

class MessageWriter {
 public:
  enum class WithHeaders : std::uint32_t { later, now };
  // area: kMessageAreaBytes of it.
  MessageWriter(char* area, const PartitionSource& source, WithHeaders headers);
  // False, and nothing of it is written, when the area has no room for it.
  [[nodiscard]] bool add(const Item& item);
  // The run is complete. Returns how many bytes of the area it takes.
  std::size_t finish();
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] std::size_t size() const { return out_.size(); }

 private:
  void add_origin(const kafka::Origin* origin);

  char* const area_;
  const WithHeaders headers_;
  ByteWriter out_;
  std::uint32_t count_ = 0;
  std::uint32_t lanes_ = 0;
  const Lane* last_lane_ = nullptr;
};

// Writes the headers of a run's messages, these of the chunk's, behind it: `at` is what finish()
// said. Returns how many bytes they take. What has no room is left out.
std::size_t write_late_headers(char* area, std::size_t at, const Chunk& chunk,
                               std::span<const std::uint32_t> messages);

// What a worker reads a run into, used again for each one.
class MessageRoom {
 public:
  MessageRoom() = default;
  ~MessageRoom();
  MessageRoom(const MessageRoom&) = delete;
  MessageRoom& operator=(const MessageRoom&) = delete;

  // Fills the chunk's source and items. late: who brings headers that are not here. False: the area
  // does not hold what a writer wrote.
  [[nodiscard]] bool read(const char* area, Chunk& into, kafka::LateHeaders& late);
  // The headers of the run that was read last, where the host has written them behind it. A message
  // whose headers had no room there has an error instead.
  void read_late_headers(const char* area);

 private:
  [[nodiscard]] bool read_item(ByteReader& in, Item& into, kafka::BorrowedMessage& parts);

  // Never fewer: each owns the headers of its last message.
  std::vector<kafka::BorrowedMessage> parts_;
  std::uint32_t count_ = 0;  // of the run that was read last
  std::size_t size_ = 0;
};

}  // namespace tidegate
