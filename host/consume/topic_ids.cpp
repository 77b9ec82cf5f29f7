// SPDX-License-Identifier: Apache-2.0
#include "host/consume/topic_ids.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "host/base/log.hpp"

namespace tidegate {
namespace {

constexpr std::chrono::milliseconds kIdsPatience{10'000};
using Topics =
    std::unique_ptr<rd_kafka_TopicCollection_t, kafka::Deleter<&rd_kafka_TopicCollection_destroy>>;

}  // namespace

void TopicIds::ask(const std::vector<std::string>& topics, std::chrono::milliseconds timeout,
                   rd_kafka_queue_t* answers) const {
  std::vector<const char*> names;
  names.reserve(topics.size());
  for (const std::string& topic : topics) names.push_back(topic.c_str());
  const Topics list(rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  const kafka::AdminOptions options(
      rd_kafka_AdminOptions_new(state_.client.get(), RD_KAFKA_ADMIN_OP_DESCRIBETOPICS));
  char text[256];
  // Can only fail for values out of range, which this is not.
  (void)rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(timeout.count()),
                                                  text, sizeof text);
  rd_kafka_DescribeTopics(state_.client.get(), list.get(), options.get(), answers);
}

TopicIds::Answer TopicIds::ask_now(const std::set<std::string>& topics,
                                   std::chrono::milliseconds timeout) {
  if (topics.empty()) return {};
  const kafka::Queue answers(rd_kafka_queue_new(state_.client.get()));
  ask({topics.begin(), topics.end()}, timeout, answers.get());
  const kafka::Event answer(rd_kafka_queue_poll(answers.get(), static_cast<int>(timeout.count())));
  return answer == nullptr ? Answer{} : learn(answer.get());
}

void TopicIds::tick(MonotonicTime now, const std::vector<std::string>& topics) {
  if (asking_ || now < next_ || topics.empty()) return;
  next_ = now + interval_;
  asking_ = true;
  ask(topics, kIdsPatience, state_.events.get());
}

TopicIds::Answer TopicIds::learn(rd_kafka_event_t* event) {
  Answer answer;
  const auto* result = rd_kafka_event_DescribeTopics_result(event);
  if (result == nullptr || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) return answer;
  std::size_t count = 0;
  const auto** topics = rd_kafka_DescribeTopics_result_topics(result, &count);
  for (const auto* topic : std::span(topics, count)) {
    const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(topic);
    const rd_kafka_Uuid_t* uuid = rd_kafka_TopicDescription_topic_id(topic);
    if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR || uuid == nullptr) continue;
    const TopicId id{rd_kafka_Uuid_most_significant_bits(uuid),
                     rd_kafka_Uuid_least_significant_bits(uuid)};
    if (!id.known()) continue;
    answer.told.insert(rd_kafka_TopicDescription_name(topic));
    const auto [known, is_new] =
        state_.topic_ids.try_emplace(rd_kafka_TopicDescription_name(topic), id);
    if (is_new || std::exchange(known->second, id) == id) continue;
    answer.made_anew.insert(known->first);
  }
  state_.partitions.for_each([&](PartitionEpoch& epoch) {
    if (answer.made_anew.count(epoch.topic) > 0) {
      tell(epoch.topic);
      made_anew_.push_back(state_.partitions.find(epoch.topic, epoch.partition));
    } else if (const auto id = state_.topic_ids.find(epoch.topic);
               !epoch.topic_id.known() && id != state_.topic_ids.end()) {
      epoch.topic_id = id->second;  // nobody had answered when it was begun
    }
  });
  return answer;
}

TopicIds::Topic TopicIds::topic_of(const std::string& name, TopicId committed_in,
                                   const Answer& answer) const {
  if (state_.at_most_once()) return Topic::this_one;
  const auto now = state_.topic_ids.find(name);
  if (!committed_in.known() || now == state_.topic_ids.end())
    return answer.made_anew.count(name) > 0 ? Topic::an_earlier_one : Topic::this_one;
  if (committed_in == now->second) return Topic::this_one;
  // The one we know may be the earlier one: another member has committed since.
  return answer.told.count(name) > 0 ? Topic::an_earlier_one : Topic::unknown;
}

void TopicIds::tell(const std::string& topic) {
  const TopicId id = state_.topic_ids[topic];
  if (std::exchange(told_[topic], id) == id) return;
  const char* const what =
      state_.at_most_once()
          ? "a topic was deleted and made again: as nothing may come twice, it is read where the "
            "old one was"
          : "a topic was deleted and made again: it is read from its start, and what was not read "
            "of the old one is gone";
  log::error("topic_made_anew", what, {{"pipeline", state_.pipeline.name}, {"topic", topic}});
}

}  // namespace tidegate
