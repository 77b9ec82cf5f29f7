// SPDX-License-Identifier: Apache-2.0
#include "host/consume/subscription.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "host/base/kafka/offsets.hpp"
#include "host/base/log.hpp"

namespace tidegate {
namespace {

constexpr std::chrono::milliseconds kTopicsPatience{5000};
constexpr Duration kBetweenTopicLooks = std::chrono::seconds(10);
constexpr std::chrono::milliseconds kBetweenLooksForRetries{30'000};
constexpr Duration kSilent = std::chrono::seconds(30);
constexpr Duration kSilentInNewProtocol = std::chrono::seconds(10);

// Retry topics appear when an operator replays dead letters. Who has the client ask for metadata
// more often than that wants to know of them sooner, too.
Duration between_looks(const ConsumerState& state) {
  if (state.reads != Reads::retry_topics) return kBetweenTopicLooks;
  const auto refresh = state.pipeline.consumer.find("topic.metadata.refresh.interval.ms");
  std::int64_t asked_ms = 0;
  if (refresh != state.pipeline.consumer.end()) {
    const std::string& text = refresh->second;
    std::from_chars(text.data(), text.data() + text.size(), asked_ms);
  }
  if (asked_ms <= 0) return kBetweenLooksForRetries;
  return std::min(std::chrono::milliseconds(asked_ms), kBetweenLooksForRetries);
}

}  // namespace

bool is_own_topic(std::string_view name) {
  static const config::TopicPattern own(R"(^.+\.(dlq|retry\.[0-9]+(ms|s|m|h|d))$)");
  return own.matches(std::string(name));
}

Subscription::Subscription(ConsumerState& state)
    : state_(state), looked_at_(state.clock.now()), between_looks_(between_looks(state)) {
  if (state.reads == Reads::retry_topics) return;
  topics_ = state.pipeline.topics;
  for (const std::string& pattern : state.pipeline.topics_regex) patterns_.emplace_back(pattern);
}

bool Subscription::resolve() {
  if (patterns_.empty()) return true;
  looked_at_ = state_.clock.now();
  const auto existing = kafka::topic_partitions(state_.client.get(), std::nullopt, kTopicsPatience);
  if (!existing.ok() && existing.value.empty()) {
    log::warn("topics_unknown", "the brokers did not tell their topics; they are asked again",
              {{"pipeline", state_.pipeline.name}, {"error", existing.error}});
    return false;
  }
  topics_.clear();
  for (const auto& topic : existing.value) {
    const std::string& name = topic.first;
    const bool matches = std::any_of(patterns_.begin(), patterns_.end(),
                                     [&](const auto& pattern) { return pattern.matches(name); });
    const bool own = is_own_topic(name) || name == state_.pipeline.dead_letter.topic;
    if (matches && !own && name.compare(0, 2, "__") != 0) topics_.push_back(name);
  }
  return true;
}

void Subscription::subscribe() {
  std::vector<std::string> all = topics_;
  if (state_.reads == Reads::retry_topics) {
    for (const auto& [name, partitions] : state_.own_topics) {
      if (delay_of(name, state_.pipeline.group_id)) all.push_back(name);
    }
    // Nothing to read is an assignment too, until there is something.
    if (all.empty()) state_.assigned_once = true;
    else if (!joined_) state_.assigned_once = false;
    if (all.empty()) return;
    joined_ = true;
  }
  if (all.empty()) {
    log::info("no_topics", "no topic matches topics_regex yet; the brokers are asked again",
              {{"pipeline", state_.pipeline.name}});
    return;
  }
  const kafka::PartitionList list = kafka::make_list(static_cast<int>(all.size()));
  for (const std::string& topic : all) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t error = rd_kafka_subscribe(state_.client.get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    state_.failure = "the subscription was refused: " + kafka::describe(error);
    return;
  }
  silent_since_ = state_.clock.now();
  log::info("subscribed", "the consumer joins its group",
            {{"pipeline", state_.pipeline.name},
             {"consumer", state_.index},
             {"group_id", state_.pipeline.group_id},
             {"topics", all.size()}});
}

bool Subscription::find_retry_topics() {
  const auto existing = kafka::topic_partitions(state_.client.get(), std::nullopt, kTopicsPatience);
  bool found = false;
  for (const auto& [name, partitions] : existing.value) {
    if (!delay_of(name, state_.pipeline.group_id)) continue;
    found = state_.own_topics.emplace(name, partitions).second || found;
  }
  return found;
}

// A group that never answers looks like one that is quiet. Brokers that do not know the new
// protocol refuse it in a way that the client keeps to itself.
void Subscription::tell_if_silent(MonotonicTime now) {
  const auto protocol = state_.pipeline.consumer.find("group.protocol");
  const bool is_new = protocol != state_.pipeline.consumer.end() && protocol->second == "consumer";
  if (state_.assigned_once || now < silent_since_ + (is_new ? kSilentInNewProtocol : kSilent))
    return;
  silent_since_ = now;
  log::warn("no_assignment",
            is_new
                ? "the group has told this consumer nothing; group.protocol = \"consumer\" needs "
                  "Apache Kafka 4.0 or newer: is it, and is that protocol switched on there?"
                : "the group has told this consumer nothing; it goes on waiting",
            {{"pipeline", state_.pipeline.name},
             {"consumer", state_.index},
             {"group_id", state_.pipeline.group_id},
             {"error", state_.heard}});
}

void Subscription::tick(MonotonicTime now) {
  tell_if_silent(now);
  if (now < looked_at_ + between_looks_) return;
  if (state_.reads == Reads::retry_topics) {
    looked_at_ = now;
    if (find_retry_topics()) subscribe();
    return;
  }
  if (patterns_.empty()) return;
  const std::vector<std::string> before = topics_;
  if (resolve() && topics_ != before) subscribe();
}

}  // namespace tidegate
