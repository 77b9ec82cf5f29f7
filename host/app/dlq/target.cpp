// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/target.hpp"

#include <algorithm>

namespace tidegate::dlq {

std::vector<Target> targets_of(const config::Host& host, const std::string& pipeline) {
  std::vector<Target> targets;
  bool is_there = false;
  for (const config::Pipeline& one : host.pipelines) {
    if (!pipeline.empty() && one.name != pipeline) continue;
    is_there = true;
    if (!one.dead_letter.enabled) continue;
    const bool known = std::any_of(targets.begin(), targets.end(), [&](const Target& target) {
      return target.topic == one.dead_letter.topic && target.group == one.group_id &&
             target.bootstrap_servers == one.cluster.bootstrap_servers;
    });
    if (known) continue;
    targets.push_back({.topic = one.dead_letter.topic,
                       .pipeline = one.name,
                       .group = one.group_id,
                       .bootstrap_servers = one.cluster.bootstrap_servers,
                       .consumer = one.consumer,
                       .producer = one.producer,
                       .sources = one.topics,
                       .create_topics = one.retry.create_topics,
                       .replication_factor = one.retry.replication_factor});
  }
  if (!is_there)
    throw BadUsage("--pipeline: the configuration has no pipeline \"" + pipeline + "\"");
  if (targets.empty()) {
    throw BadUsage((pipeline.empty() ? std::string("no pipeline of the configuration has")
                                     : "pipeline \"" + pipeline + "\" does not have") +
                   " a dead letter (dead_letter.enabled = false)");
  }
  return targets;
}

Target target_of(const Where& where) {
  Target target;
  target.topic = where.topic;
  target.group = where.group;
  target.bootstrap_servers = {where.bootstrap};
  return target;
}

std::string progress_group(const std::string& group, const std::string& name) {
  return group + ".dlq-replay" + (name.empty() ? "" : "." + name);
}

}  // namespace tidegate::dlq
