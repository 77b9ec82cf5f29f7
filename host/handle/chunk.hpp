// SPDX-License-Identifier: Apache-2.0
//
// A run of messages of one partition on its way through a handler slot: the unit in which work
// crosses threads. The poll thread fills it and hands it out, a slot claims its messages in order
// and returns it. While it is out, the poll thread may close it: what no slot has claimed then is
// the poll thread's again at once, be it to give the partition back or to copy what waits behind a
// slow call.
//
// Thread rule: [poll] before it is handed out and after it came back; in between claim() is [slot],
// close() is [poll], and a slot touches only the items it claimed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/kafka/held_message.hpp"
#include "host/base/types.hpp"
#include "host/handle/plugin_version.hpp"
#include "host/route/failure.hpp"
#include "host/route/output.hpp"

namespace tidegate {

class Lane;          // dispatch/
struct FetchExtent;  // consume/
class Chunk;

// Where the messages of a chunk were read, in which epoch. The folders to the left derive from it.
struct PartitionSource {
  std::string topic;
  Partition partition;
  Epoch epoch;
  virtual ~PartitionSource() = default;
};

// One message in flight.
struct Item {
  kafka::HeldMessage message;
  Offset offset;
  Lane* lane = nullptr;           // null: none, any free slot
  FetchExtent* extent = nullptr;  // the memory it pins; null: it is a copy
};

// A claimed item that waits until then for its next attempt, and its lane with it.
struct Parked {
  std::uint32_t index;  // in its chunk
  MonotonicTime until;
};

// What the handler of a claimed item sends; the item is ok once that has arrived.
struct Emitted {
  std::uint32_t index;  // in its chunk
  Outputs outputs;
};

// Items [first, first + count) of a chunk.
struct ItemRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

// Where a slot returns its chunks. [slot], must not block for long.
class ChunkReturn {
 public:
  virtual ~ChunkReturn() = default;
  virtual void give_back(Chunk& chunk) noexcept = 0;
};

class Chunk {
 public:
  // Set by [poll] before the chunk is handed out.
  std::shared_ptr<PartitionSource> source;
  ChunkReturn* home = nullptr;
  std::vector<Item> items;
  MonotonicTime handed_out;

  // Set by [slot] before it is given back.
  PluginVersionPtr plugin;        // that handled its claimed items; null: nobody said
  std::vector<Failure> failures;  // in order of index
  // Claimed items that stand behind a message of their lane that waits: they were not attempted, or
  // what was answered is void. Ascending. All claimed items that are in none of
  // these lists are ok.
  std::vector<std::uint32_t> unattempted;
  std::vector<Emitted> emitted;  // in order of index
  Duration handling{};           // time spent in handler calls

  // Set by [poll] after it came back: claimed items that wait for another attempt, ascending.
  std::vector<std::uint32_t> waiting;
  std::vector<Parked> parked;  // those of them that a time keeps waiting, one of a lane at most

  Chunk* next = nullptr;  // in whichever list holds it

  // [poll] All items become claimable. REQUIRES: not handed out.
  void open() {
    window_.store(static_cast<std::uint32_t>(items.size()), std::memory_order_relaxed);
  }
  // [slot] The next items to handle, at most `most`; count 0 when none are left.
  [[nodiscard]] ItemRange claim(std::uint32_t most) noexcept;
  // [poll] Ends claiming; returns the items that no slot has and none will have.
  ItemRange close() noexcept;
  // [poll] How many items were ever claimed: items [0, claimed()).
  [[nodiscard]] std::uint32_t claimed() const noexcept {
    return static_cast<std::uint32_t>(window_.load(std::memory_order_acquire) >> 32);
  }

 private:
  // Upper half: the next item to claim; lower half: the end. One word, so that claim and close
  // agree.
  std::atomic<std::uint64_t> window_{0};
};

}  // namespace tidegate
