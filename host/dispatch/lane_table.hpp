// SPDX-License-Identifier: Apache-2.0
//
// The lanes of one partition, found by key, each in one block of memory: a hash table whose chains
// run through the lanes themselves. It owns them. Some that are not needed any more are kept for
// the next keys; the others are freed, because after an outage of a million keys nothing else would
// give their memory back. Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "host/dispatch/lane.hpp"

namespace tidegate {

class LaneTable {
 public:
  LaneTable() = default;
  ~LaneTable();
  LaneTable(const LaneTable&) = delete;
  LaneTable& operator=(const LaneTable&) = delete;

  // Null: there is none.
  [[nodiscard]] Lane* find(std::string_view key) const { return find(key, hash_of(key)); }
  [[nodiscard]] Lane& find_or_add(std::string_view key);
  // A lane that has no key and is never found.
  [[nodiscard]] Lane& add_without_key();
  // REQUIRES: it is empty, nothing of it runs, and it is in no list.
  void remove(Lane& lane);

  // Calls visit(Lane&) for each, in no order. It must not add or remove. A million lanes are in no
  // cache, so the ones that come next are asked for.
  template <class Visit>
  void for_each(Visit visit) {
    constexpr std::size_t kAhead = 16;
    for (std::size_t i = 0; i < chains_.size(); ++i) {
      if (i + kAhead < chains_.size()) __builtin_prefetch(chains_[i + kAhead]);
      for (Lane* lane = chains_[i]; lane != nullptr; lane = lane->chained) visit(*lane);
    }
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kFirst = 16;
  static constexpr std::size_t kKeptChains = 32'768;  // a table with so many never shrinks
  static constexpr std::uint32_t kKeptLanes = 1'024;  // spare ones
  static constexpr std::size_t kKeptKey = 128;        // bytes, of a spare one

  [[nodiscard]] static std::uint32_t hash_of(std::string_view key) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(key));
  }
  [[nodiscard]] Lane* find(std::string_view key, std::uint32_t hash) const {
    if (chains_.empty()) return nullptr;
    for (Lane* lane = chains_[place(hash)]; lane != nullptr; lane = lane->chained) {
      if (lane->hash == hash && lane->of_a_key && lane->key == key) return lane;
    }
    return nullptr;
  }
  [[nodiscard]] std::size_t place(std::uint32_t hash) const { return hash & (chains_.size() - 1); }
  [[nodiscard]] Lane& add(std::uint32_t hash);
  void rehash(std::size_t chains);

  std::vector<Lane*> chains_;  // a power of two, or none
  std::size_t size_ = 0;
  Lane* spare_ = nullptr;  // linked through Lane::next
  std::uint32_t spare_count_ = 0;
};

}  // namespace tidegate
