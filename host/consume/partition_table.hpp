// SPDX-License-Identifier: Apache-2.0
//
// The partitions that this consumer owns. Thread rule: [poll] of the owning consumer.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/kafka/handles.hpp"
#include "host/consume/partition_epoch.hpp"

namespace tidegate {

class PartitionTable {
 public:
  // Null when not owned.
  [[nodiscard]] PartitionEpochPtr find(std::string_view topic, Partition partition) const {
    const auto known = owned_.find(PlaceView{topic, partition.value});
    return known == owned_.end() ? nullptr : known->second;
  }
  // Replaces an earlier epoch of the same partition, which must have ended.
  void put(PartitionEpochPtr epoch) {
    auto& place = owned_[Place{epoch->topic, epoch->partition.value}];
    place = std::move(epoch);
    ++changes_;
  }
  void erase(const PartitionEpoch& epoch) {
    if (const auto known = owned_.find(PlaceView{epoch.topic, epoch.partition.value});
        known != owned_.end()) {
      owned_.erase(known);
    }
    ++changes_;
  }
  [[nodiscard]] std::vector<PartitionEpochPtr> all() const {
    std::vector<PartitionEpochPtr> list;
    list.reserve(owned_.size());
    for (const auto& [place, epoch] : owned_) list.push_back(epoch);
    return list;
  }
  // Calls visit(PartitionEpoch&) for each; visit must not change the table.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [place, epoch] : owned_) visit(*epoch);
  }
  [[nodiscard]] std::size_t size() const { return owned_.size(); }
  // Grows with every change, so that what was looked up before one is known to be stale.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

 private:
  using Place = std::pair<std::string, std::int32_t>;
  using PlaceView = std::pair<std::string_view, std::int32_t>;
  // Finds by view, so that a look-up per run makes no string.
  struct Less {
    using is_transparent = void;
    static PlaceView view(const Place& place) { return {place.first, place.second}; }
    static PlaceView view(const PlaceView& place) { return place; }
    bool operator()(const auto& a, const auto& b) const { return view(a) < view(b); }
  };
  std::map<Place, PartitionEpochPtr, Less> owned_;
  std::uint64_t changes_ = 0;
};

// A list of these partitions for a call of librdkafka's, offsets not set.
inline kafka::PartitionList to_list(const std::vector<PartitionEpochPtr>& epochs) {
  kafka::PartitionList list = kafka::make_list(static_cast<int>(epochs.size()));
  for (const auto& epoch : epochs) {
    rd_kafka_topic_partition_list_add(list.get(), epoch->topic.c_str(), epoch->partition.value);
  }
  return list;
}

}  // namespace tidegate
