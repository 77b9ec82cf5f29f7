// SPDX-License-Identifier: Apache-2.0
#include "host/dispatch/lane_table.hpp"

#include <algorithm>
#include <utility>

namespace tidegate {

LaneTable::~LaneTable() {
  for (Lane* lane : chains_) {
    while (lane != nullptr) delete std::exchange(lane, lane->chained);
  }
  while (spare_ != nullptr) delete std::exchange(spare_, spare_->next);
}

Lane& LaneTable::find_or_add(std::string_view key) {
  const std::uint32_t hash = hash_of(key);
  if (Lane* known = find(key, hash)) return *known;
  Lane& lane = add(hash);
  lane.key.assign(key);  // a spare one has room for it
  lane.of_a_key = true;
  return lane;
}

Lane& LaneTable::add_without_key() {
  // Any place will do; this one spreads them.
  return add(static_cast<std::uint32_t>(size_));
}

Lane& LaneTable::add(std::uint32_t hash) {
  if (size_ == chains_.size()) rehash(std::max(kFirst, 2 * size_));
  Lane* lane = spare_;
  if (lane != nullptr) {
    spare_ = std::exchange(lane->next, nullptr);
    --spare_count_;
  } else {
    lane = new Lane;
  }
  lane->hash = hash;
  lane->chained = std::exchange(chains_[place(hash)], lane);
  ++size_;
  return *lane;
}

void LaneTable::remove(Lane& lane) {
  Lane** link = &chains_[place(lane.hash)];
  while (*link != &lane) link = &(*link)->chained;
  *link = lane.chained;
  --size_;
  lane.of_a_key = false;
  if (spare_count_ < kKeptLanes) {
    lane.queue.shrink();
    if (lane.key.capacity() > kKeptKey) std::string().swap(lane.key);
    lane.next = std::exchange(spare_, &lane);
    ++spare_count_;
  } else {
    delete &lane;
  }
  if (chains_.size() > kKeptChains && size_ < chains_.size() / 8) rehash(chains_.size() / 4);
}

void LaneTable::rehash(std::size_t chains) {
  std::vector<Lane*> before(chains);
  before.swap(chains_);
  for (Lane* lane : before) {
    while (lane != nullptr) {
      Lane& moved = *std::exchange(lane, lane->chained);
      moved.chained = std::exchange(chains_[place(moved.hash)], &moved);
    }
  }
}

}  // namespace tidegate
