// SPDX-License-Identifier: Apache-2.0
//
// What a host and its worker process share: one header, a table of the plugin's metrics, and for
// each handler slot a link and two areas, messages for the worker and answers from it. Areas are
// large because one message must fit into one; only what was touched takes memory. Everything in
// here may be overwritten by a plugin that writes through wild pointers, so the host believes
// nothing that it reads: sizes are checked, and what it relies on it keeps in its own memory.
//
// Thread rule: each field says who writes it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "host/base/ipc/bell.hpp"
#include "host/base/ipc/shared_memory.hpp"
#include "host/handle/chunk.hpp"
#include "host/handle/plugin/metric_table.hpp"

namespace tidegate {

inline constexpr std::size_t kMiB = std::size_t{1} << 20U;
inline constexpr std::size_t kMessageAreaBytes = 128 * kMiB;
inline constexpr std::size_t kAnswerAreaBytes = 128 * kMiB;

enum class WorkerState : std::uint32_t { starting, ready, refused };

// Where a fault was caught. Written by the worker's signal handler, by hand and in order: the
// signal last.
struct FaultMark {
  std::atomic<std::int32_t> signal;  // 0: none
  std::array<char, 508> frames;      // text: the top of the stack, a line each, NUL at the end
};

// Beside what both sides write: who overwrites all of it meets this, too.
inline constexpr std::uint64_t kGuard = 0x7469'6465'6761'7465;

// One slot's. What the numbers of its bells say: worker_exchange.cpp.
struct alignas(64) SlotLink {
  ipc::Bell request;            // [host]
  alignas(64) ipc::Bell reply;  // [worker]
  // [worker] The items of the call that runs: first in the upper half, count in the lower one.
  // Count 0: no call runs, `first` items are settled.
  std::atomic<std::uint64_t> calling;
  std::atomic<std::uint64_t> answer_bytes;  // [worker] of the answer area, complete entries
  FaultMark fault;                          // [worker]
  std::uint64_t guard;                      // [host] kGuard
};

struct WorkerHeader {
  std::uint64_t guard;                 // [host] kGuard
  std::uint32_t slots;                 // [host] before the start
  std::uint32_t setup_bytes;           // [host] before the start; the text follows the header
  ipc::Bell state;                     // [worker] a WorkerState
  ipc::Bell stop;                      // [host] 1: end
  std::atomic<std::uint32_t> batches;  // [worker] before ready: 1: it has handle_batch
  std::array<char, 4096> reason;       // [worker] before refused: text, NUL at the end
};

class WorkerMemory {
 public:
  // setup: for the worker. Throws std::system_error.
  WorkerMemory(std::uint32_t slots, std::string_view setup);
  // The worker's side. Throws std::system_error.
  explicit WorkerMemory(Descriptor descriptor);

  [[nodiscard]] WorkerHeader& header() const;
  [[nodiscard]] std::string_view setup() const;
  [[nodiscard]] std::uint32_t slots() const { return slots_; }
  // REQUIRES: slot < slots().
  [[nodiscard]] SlotLink& link(std::uint32_t slot) const;
  [[nodiscard]] MetricTable& metrics() const;  // [worker]
  [[nodiscard]] char* messages(std::uint32_t slot) const;
  [[nodiscard]] char* answers(std::uint32_t slot) const;
  // Whether nobody has written over the header and the slot's link.
  [[nodiscard]] bool intact(std::uint32_t slot) const {
    return header().guard == kGuard && link(slot).guard == kGuard;
  }
  // Gives back what an unusually large exchange took: all but the first `kept` bytes of both.
  void forget(std::uint32_t slot, std::size_t kept) const;

  [[nodiscard]] int descriptor() const { return memory_.descriptor(); }

 private:
  [[nodiscard]] std::size_t metrics_at() const;
  [[nodiscard]] std::size_t areas() const;

  ipc::SharedMemory memory_;
  std::uint32_t slots_;
  std::size_t setup_bytes_;
};

constexpr std::uint64_t pack_range(ItemRange range) {
  return std::uint64_t{range.first} << 32U | range.count;
}
constexpr ItemRange unpack_range(std::uint64_t packed) {
  return {static_cast<std::uint32_t>(packed >> 32U), static_cast<std::uint32_t>(packed)};
}

}  // namespace tidegate
