// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/destinations.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "host/base/config/names.hpp"
#include "host/base/kafka/offsets.hpp"
#include "host/route/message_headers.hpp"
#include "host/route/own_topics.hpp"

namespace tidegate::dlq {
namespace {

using Resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, kafka::Deleter<&rd_kafka_ConfigResource_destroy>>;

constexpr std::chrono::milliseconds kForConfigs{5'000};

// Partitions of a topic; 0: it does not exist.
std::int32_t partitions_of(const ReadClient& client, const std::string& topic) {
  const auto found = kafka::topic_partitions(client.get(), topic, client.timeout());
  const auto at = found.value.find(topic);
  if (at != found.value.end()) return at->second;
  if (found.ok()) return 0;
  if (found.error.find(topic) == 0) throw std::runtime_error("topic " + found.error);
  client.unreachable(found.error);
}

// None where it may not be read, or nobody answers (a mock cluster does not).
std::optional<TopicConfigs> configs_of(const ReadClient& client, const std::string& topic) {
  const Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  rd_kafka_ConfigResource_t* asked = resource.get();
  AdminCall call(client.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
                 std::min(client.timeout(), kForConfigs));
  rd_kafka_DescribeConfigs(client.get(), &asked, 1, call.options(), call.answers());
  TopicConfigs configs;
  if (call.wait() != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  std::size_t count = 0;
  auto* const found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(call.event()), &count);
  for (const auto* one : std::span(found, count)) {
    if (rd_kafka_ConfigResource_error(one) != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    std::size_t entries = 0;
    auto* const first = rd_kafka_ConfigResource_configs(one, &entries);
    for (const auto* entry : std::span(first, entries)) {
      if (const char* value = rd_kafka_ConfigEntry_value(entry))
        configs[rd_kafka_ConfigEntry_name(entry)] = value;
    }
  }
  return configs;
}

// How long messages are kept by the time they carry; none: they are not judged by that.
std::optional<std::int64_t> retention_of(const TopicConfigs& configs) {
  const auto text = [&](std::string_view name) {
    const auto found = configs.find(name);
    return found == configs.end() ? std::string_view() : std::string_view(found->second);
  };
  if (text("cleanup.policy").find("delete") == std::string_view::npos) return std::nullopt;
  if (text("message.timestamp.type") != "CreateTime") return std::nullopt;
  const auto kept = header::number<std::int64_t>(text("retention.ms"));
  return kept.value_or(-1) < 0 ? std::nullopt : kept;
}

}  // namespace

bool is_too_old(const Destination& to, std::int64_t timestamp_ms, std::int64_t now_ms) {
  return to.retention_ms && timestamp_ms >= 0 && timestamp_ms < now_ms - *to.retention_ms;
}

const Destination& Destinations::of(const kafka::Origin& origin) {
  const bool to_origin = options_.to == ReplayTo::origin;
  const std::string name = to_origin ? origin.topic : "";
  const auto known = known_.find(name);
  if (known != known_.end()) return known->second;
  Destination made = to_origin ? origin_topic(name) : retry_topic(origin.topic);
  return known_.emplace(name, std::move(made)).first->second;
}

Destination Destinations::origin_topic(const std::string& topic) {
  Destination made{.topic = topic, .partitions = partitions_of(client_, topic)};
  if (made.partitions == 0) {
    throw std::runtime_error("origin topic " + topic +
                             " does not exist; make it, leave its dead letters out (--origin-topic "
                             "names the others), or replay with --to retry");
  }
  if (options_.timestamp == ReplayOptions::Timestamp::now) return made;
  const auto configs = configs_of(client_, topic);
  if (configs) made.retention_ms = retention_of(*configs);
  else
    notes_ << "topic " << topic
           << ": its configuration cannot be read (DescribeConfigs), so messages older than its "
              "retention are written unchecked\n";
  return made;
}

Destination Destinations::retry_topic(const std::string& origin) {
  const std::string name = config::retry_topic(target_.group, std::chrono::milliseconds(0));
  if (const auto problem = config::topic_problem(name))
    throw std::runtime_error("no retry topic can be named after group \"" + target_.group +
                             "\": " + *problem + "; replay with --to origin");
  OwnTopicsPlan plan{.sources = target_.sources,
                     .topics = {{name, OwnTopic::Kind::retry}},
                     .create = target_.create_topics,
                     .replication_factor = target_.replication_factor};
  if (plan.sources.empty()) plan.sources = {origin};
  const bool any_source =
      std::any_of(plan.sources.begin(), plan.sources.end(),
                  [&](const std::string& source) { return partitions_of(client_, source) > 0; });
  // The dead letter was made as wide as the sources were.
  if (!any_source) plan.sources = {target_.topic};
  if (options_.write == ReplayOptions::Write::dry_run)
    return {.topic = name, .partitions = partitions_of(client_, name)};
  const TopicAdmin::Result result =
      KafkaTopicAdmin().ensure(client_.get(), plan, client_.timeout());
  if (!result.problem.empty()) throw std::runtime_error(result.problem);
  return {.topic = name, .partitions = result.partitions.at(name)};
}

}  // namespace tidegate::dlq
