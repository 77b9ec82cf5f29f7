// SPDX-License-Identifier: Apache-2.0
//
// The other side of a dispatcher, by hand: takes chunks from the ready queue, claims messages,
// gives chunks back when the test says so. Thread rule: one thread.
#pragma once

#include <deque>
#include <vector>

#include "host/handle/ready_queue.hpp"

namespace tidegate::fakes {

// Collects what slots give back.
class FakeHome final : public ChunkReturn {
 public:
  void give_back(Chunk& chunk) noexcept override { returned.push_back(&chunk); }
  std::deque<Chunk*> returned;
};

// Offsets of a range of a chunk.
inline std::vector<std::int64_t> offsets(const Chunk& chunk, ItemRange range) {
  std::vector<std::int64_t> list;
  for (std::uint32_t i = range.first; i < range.first + range.count; ++i) {
    list.push_back(chunk.items[i].offset.value);
  }
  return list;
}

// Claims everything that is left and tells which offsets that were.
inline std::vector<std::int64_t> claim_all(Chunk& chunk) {
  return offsets(chunk, chunk.claim(1'000'000));
}

}  // namespace tidegate::fakes
