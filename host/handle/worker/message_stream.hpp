// SPDX-License-Identifier: Apache-2.0
//
// A run of messages on its way from the host to a worker's slot. The worker does not copy them: its
// items borrow what lies in the message area, which stays as it is until the run is answered.
// Thread rule: the writer [slot] in the host, the reader [slot] in the worker.
#pragma once

#include <cstdint>
#include <vector>

#include "host/handle/chunk.hpp"
#include "host/handle/worker/byte_stream.hpp"

namespace tidegate {

class MessageWriter {
 public:
  // area: kMessageAreaBytes of it.
  MessageWriter(char* area, const PartitionSource& source);
  // False, and nothing of it is written, when the area has no room for it.
  [[nodiscard]] bool add(const Item& item);
  // The run is complete. Returns how many bytes of the area it takes.
  std::size_t finish();
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] std::size_t size() const { return out_.size(); }

 private:
  void add_headers(const kafka::HeldMessage& message);
  void add_origin(const kafka::Origin* origin);

  char* const area_;
  ByteWriter out_;
  std::uint32_t count_ = 0;
  std::uint32_t lanes_ = 0;
  const Lane* last_lane_ = nullptr;
};

// What a worker reads a run into, used again for each one.
class MessageRoom {
 public:
  MessageRoom() = default;
  ~MessageRoom();
  MessageRoom(const MessageRoom&) = delete;
  MessageRoom& operator=(const MessageRoom&) = delete;

  // Fills the chunk's source and items. False: the area does not hold what a writer wrote.
  [[nodiscard]] bool read(const char* area, Chunk& into);

 private:
  [[nodiscard]] bool read_item(ByteReader& in, Item& into, kafka::MessageCopy& parts);

  std::vector<kafka::MessageCopy> parts_;  // never fewer: each owns the headers of its last message
};

}  // namespace tidegate
