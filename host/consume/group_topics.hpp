// SPDX-License-Identifier: Apache-2.0
//
// The topics that belong to the group: its retry topics, those that are configured and those that
// were, and its dead letter. Made and checked once, by the first consumer of a pipeline that
// reaches the brokers; the others wait for it. Thread rule: [any]; learn() blocks.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/base/config/model.hpp"
#include "host/base/mutex.hpp"
#include "host/route/own_topics.hpp"

namespace tidegate {

// The delay in the name of a retry topic of this group; empty: it is none.
[[nodiscard]] std::optional<config::Milliseconds> delay_of(const std::string& topic,
                                                           const std::string& group_id);

class GroupTopics {
 public:
  using Partitions = std::map<std::string, std::int32_t, std::less<>>;

  // Both outlive it.
  GroupTopics(const config::Pipeline& pipeline, TopicAdmin& admin)
      : pipeline_(pipeline), admin_(admin) {}

  struct Problem {
    std::string text;        // empty: they are known now
    bool temporary = false;  // asking again may help
  };
  // Makes and checks what is configured, and finds what is there besides.
  [[nodiscard]] Problem learn(rd_kafka_t* client, const std::vector<std::string>& sources);
  [[nodiscard]] bool known() const;
  // Each topic of the group and its partitions. REQUIRES: known().
  [[nodiscard]] Partitions partitions() const;

 private:
  [[nodiscard]] OwnTopicsPlan plan(const std::vector<std::string>& sources) const;

  const config::Pipeline& pipeline_;
  TopicAdmin& admin_;
  mutable Mutex mutex_;
  std::optional<Partitions> partitions_ TIDEGATE_GUARDED_BY(mutex_);
};

}  // namespace tidegate
