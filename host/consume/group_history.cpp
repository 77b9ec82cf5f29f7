// SPDX-License-Identifier: Apache-2.0
#include "host/consume/group_history.hpp"

#include <utility>

#include "host/base/kafka/offsets.hpp"

namespace tidegate {
namespace {

constexpr std::chrono::seconds kHistoryPatience{5};

}  // namespace

std::string GroupHistory::learn(rd_kafka_t* client, const std::vector<std::string>& topics) {
  std::map<std::string, Topic, std::less<>> found;
  const kafka::PartitionList list = kafka::make_list(0);
  for (const std::string& name : topics) {
    auto counts = kafka::topic_partitions(client, name, kHistoryPatience);
    if (!counts.ok()) return counts.error;
    const auto count = counts.value.find(name);
    Topic& topic = found[name];
    topic.partitions = count == counts.value.end() ? 0 : count->second;
    for (std::int32_t i = 0; i < topic.partitions; ++i)
      rd_kafka_topic_partition_list_add(list.get(), name.c_str(), i);
  }
  if (list->cnt > 0) {
    auto positions = kafka::committed_offsets(client, list.get(), kHistoryPatience);
    if (!positions.ok()) return positions.error;
    for (const auto& [place, offset] : positions.value) found[place.first].had_positions = true;
  }
  MutexLock lock(mutex_);
  topics_ = std::move(found);
  return {};
}

bool GroupHistory::known() const {
  MutexLock lock(mutex_);
  return topics_.has_value();
}

config::StartOffset GroupHistory::start_of(const std::string& topic, std::int32_t partition,
                                           const config::StartOffset& configured) const {
  constexpr config::StartOffset kFirstMessage{.kind = config::StartOffset::Kind::earliest};
  MutexLock lock(mutex_);
  const auto known = topics_->find(topic);
  const bool is_new_here = known == topics_->end() || partition >= known->second.partitions;
  if (is_new_here || known->second.had_positions) return kFirstMessage;
  return configured;
}

}  // namespace tidegate
