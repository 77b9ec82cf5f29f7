// SPDX-License-Identifier: Apache-2.0
#include "host/consume/group_topics.hpp"

#include <algorithm>
#include <set>

#include "host/base/config/names.hpp"
#include "host/base/config/units.hpp"
#include "host/base/kafka/offsets.hpp"

namespace tidegate {
namespace {

constexpr std::chrono::milliseconds kAdminPatience{10'000};

bool retries_by_topic(const config::Pipeline& pipeline) {
  return pipeline.retry.mode == config::RetryMode::topic &&
         pipeline.delivery != config::Delivery::at_most_once;
}

}  // namespace

std::optional<config::Milliseconds> delay_of(const std::string& topic,
                                             const std::string& group_id) {
  const std::string prefix = group_id + ".retry.";
  if (topic.compare(0, prefix.size(), prefix) != 0) return std::nullopt;
  return config::parse_duration(topic.substr(prefix.size()));
}

OwnTopicsPlan GroupTopics::plan(const std::vector<std::string>& sources) const {
  OwnTopicsPlan plan{.sources = sources,
                     .topics = {},
                     .create = pipeline_.retry.create_topics,
                     .replication_factor = pipeline_.retry.replication_factor};
  if (retries_by_topic(pipeline_)) {
    std::set<std::string> names;
    for (const config::Milliseconds delay : pipeline_.retry.delays) {
      const std::string name = config::retry_topic(pipeline_.group_id, delay);
      if (names.insert(name).second) plan.topics.push_back({name, OwnTopic::Kind::retry});
    }
  }
  if (pipeline_.dead_letter.enabled)
    plan.topics.push_back({pipeline_.dead_letter.topic, OwnTopic::Kind::dead_letter});
  return plan;
}

GroupTopics::Problem GroupTopics::learn(rd_kafka_t* client,
                                        const std::vector<std::string>& sources) {
  const OwnTopicsPlan wanted = plan(sources);
  Partitions found;
  if (!wanted.topics.empty()) {
    TopicAdmin::Result result = admin_.ensure(client, wanted, kAdminPatience);
    if (!result.problem.empty()) return {std::move(result.problem), result.temporary};
    found.insert(result.partitions.begin(), result.partitions.end());
  }
  // Retry topics that are not configured any more are drained. Modes without retries drain them
  // too.
  auto existing = kafka::topic_partitions(client, std::nullopt, kAdminPatience);
  if (!existing.ok() && existing.value.empty()) return {std::move(existing.error), true};
  for (const auto& [name, partitions] : existing.value) {
    if (delay_of(name, pipeline_.group_id)) found.emplace(name, partitions);
  }
  MutexLock lock(mutex_);
  partitions_ = std::move(found);
  return {};
}

bool GroupTopics::known() const {
  MutexLock lock(mutex_);
  return partitions_.has_value();
}

GroupTopics::Partitions GroupTopics::partitions() const {
  MutexLock lock(mutex_);
  return *partitions_;
}

}  // namespace tidegate
