// SPDX-License-Identifier: Apache-2.0
#include "host/route/own_topics.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <thread>

#include "host/base/clock.hpp"
#include "host/base/kafka/rights.hpp"

namespace tidegate {
namespace {

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, kafka::Deleter<&rd_kafka_NewTopic_destroy>>;
using Resource =
    std::unique_ptr<rd_kafka_ConfigResource_t, kafka::Deleter<&rd_kafka_ConfigResource_destroy>>;
using TopicCollection =
    std::unique_ptr<rd_kafka_TopicCollection_t, kafka::Deleter<&rd_kafka_TopicCollection_destroy>>;
using Configs = std::map<std::string, TopicConfigs>;  // of each topic
using Names = std::set<std::string>;
using Trouble = std::optional<TopicAdmin::Result>;  // none: go on
using std::chrono::milliseconds;

// Brokers do not tell when a topic has come to all of them: they can only be asked again.
constexpr milliseconds kAskAgain{100};
constexpr auto kNoError = RD_KAFKA_RESP_ERR_NO_ERROR;
constexpr auto kUnknownTopic = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;

struct Described {
  rd_kafka_resp_err_t error = kUnknownTopic;
  std::int32_t partitions = 0;
  bool led = false;  // each partition has a leader
};

Trouble lasting(std::string problem) { return TopicAdmin::Result{std::move(problem), false, {}}; }
Trouble passing(std::string problem) { return TopicAdmin::Result{std::move(problem), true, {}}; }
Trouble trouble(std::string problem, rd_kafka_resp_err_t error) {
  return is_passing(error) ? passing(std::move(problem)) : lasting(std::move(problem));
}

// One call of ensure.
class Ensuring {
 public:
  Ensuring(rd_kafka_t* client, const OwnTopicsPlan& plan, milliseconds timeout, Names& warned)
      : client_(client), plan_(plan), deadline_(system_clock().now() + timeout), warned_(warned) {
    for (const OwnTopic& topic : plan.topics) own_names_.insert(topic.name);
  }

  TopicAdmin::Result run() {
    for (;;) {
      Trouble trouble = one_round();
      if (!trouble) break;
      // Only what was just made is waited for; for anything else the caller has better to do.
      if (!trouble->temporary || created_.empty() || left() <= kAskAgain) return *trouble;
      std::this_thread::sleep_for(kAskAgain);
    }
    TopicAdmin::Result result;
    for (const std::string& name : own_names_)
      result.partitions[name] = described_[name].partitions;
    return result;
  }

 private:
  Trouble one_round() {
    if (auto t = describe()) return t;
    if (auto t = read_sources()) return t;
    if (auto t = create_missing()) return t;
    return check();
  }

  [[nodiscard]] milliseconds left() const {
    const auto left = std::chrono::floor<milliseconds>(deadline_ - system_clock().now());
    return std::max(left, milliseconds(1));
  }

  // Fills described_, of sources and own topics. Not by rd_kafka_metadata: when a producer asks
  // that, a broker may create the topic, with a configuration of its own.
  Trouble describe() {
    Names all = own_names_;
    all.insert(plan_.sources.begin(), plan_.sources.end());
    std::vector<const char*> names;
    for (const std::string& name : all) names.push_back(name.c_str());
    const TopicCollection topics(
        rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
    AdminCall call(client_, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, left());
    rd_kafka_DescribeTopics(client_, topics.get(), call.options(), call.answers());
    if (const auto error = call.wait())
      return trouble("topics cannot be described: " + call.reason(), error);
    std::size_t count = 0;
    const auto* found = rd_kafka_event_DescribeTopics_result(call.event());
    auto* const descriptions = rd_kafka_DescribeTopics_result_topics(found, &count);
    for (const auto* topic : std::span(descriptions, count)) {
      std::size_t partitions = 0;
      auto* const infos = rd_kafka_TopicDescription_partitions(topic, &partitions);
      Described& one = described_[rd_kafka_TopicDescription_name(topic)];
      one.error = rd_kafka_error_code(rd_kafka_TopicDescription_error(topic));
      one.partitions = static_cast<std::int32_t>(partitions);
      one.led = std::all_of(infos, infos + partitions, [](const auto* info) {
        return rd_kafka_TopicPartitionInfo_leader(info) != nullptr;
      });
    }
    return {};
  }

  // The configurations of topics that are there; one that may not be read is logged and left out.
  Trouble read_configs(const Names& topics, Configs& configs) {
    if (topics.empty()) return {};
    std::vector<Resource> owners;
    std::vector<rd_kafka_ConfigResource_t*> asked;
    for (const std::string& topic : topics) {
      owners.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
      asked.push_back(owners.back().get());
    }
    AdminCall call(client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, left());
    rd_kafka_DescribeConfigs(client_, asked.data(), asked.size(), call.options(), call.answers());
    if (const auto error = call.wait())
      return trouble("topic configurations cannot be read: " + call.reason(), error);
    std::size_t count = 0;
    const auto* found = rd_kafka_event_DescribeConfigs_result(call.event());
    auto* const resources = rd_kafka_DescribeConfigs_result_resources(found, &count);
    for (const auto* resource : std::span(resources, count)) {
      const std::string topic = rd_kafka_ConfigResource_name(resource);
      const auto error = rd_kafka_ConfigResource_error(resource);
      if (kafka::is_denied(error)) {
        if (warned_.insert("unchecked " + topic).second) log_unchecked(topic, error);
      } else if (error != kNoError)
        return trouble("configuration of topic " + topic + ": " + kafka::describe(error), error);
      std::size_t entries = 0;
      auto* const first = rd_kafka_ConfigResource_configs(resource, &entries);
      for (const auto* entry : std::span(first, entries)) {
        if (const char* value = rd_kafka_ConfigEntry_value(entry))
          configs[topic][rd_kafka_ConfigEntry_name(entry)] = value;
      }
    }
    return {};
  }

  Trouble read_sources() {
    Names there;
    for (const std::string& name : plan_.sources) {
      if (described_[name].error != kNoError) continue;
      there.insert(name);
      sources_.partitions = std::max(sources_.partitions, described_[name].partitions);
    }
    Configs configs;
    if (auto t = read_configs(there, configs)) return t;
    for (const auto& [name, config] : configs) sources_.add(config);
    return {};
  }

  Trouble create_missing() {
    std::vector<OwnTopic> missing;
    for (const OwnTopic& topic : plan_.topics) {
      const auto& [error, partitions, led] = described_[topic.name];
      const bool is_new = created_.count(topic.name) > 0;
      if (is_new && (error == kUnknownTopic || (error == kNoError && !led)))
        return passing(title(topic) + " was just created and has no leader yet");
      if (error == kUnknownTopic) missing.push_back(topic);
      else if (error != kNoError) return trouble(access_problem(topic, error), error);
    }
    if (missing.empty()) return {};
    // They get as many partitions as the sources, so each source that exists must be known.
    for (const std::string& name : plan_.sources) {
      const auto error = described_[name].error;
      if (error != kNoError && error != kUnknownTopic)
        return passing("source topic " + name + ": " + kafka::describe(error));
    }
    if (sources_.partitions == 0) return passing("source topics do not exist yet");
    if (!plan_.create) return lasting(missing_problem(missing, sources_, plan_.replication_factor));
    return create(missing);
  }

  // REQUIRES: the sources are known.
  Trouble create(const std::vector<OwnTopic>& missing) {
    std::vector<NewTopic> owners;
    std::vector<rd_kafka_NewTopic_t*> wanted;
    std::array<char, 256> text{};
    for (const OwnTopic& topic : missing) {
      owners.emplace_back(rd_kafka_NewTopic_new(topic.name.c_str(), sources_.partitions,
                                                plan_.replication_factor, text.data(),
                                                text.size()));
      if (owners.back() == nullptr) return lasting(title(topic) + ": " + text.data());
      for (const auto& [name, value] : wanted_configs(topic.kind, sources_))
        (void)rd_kafka_NewTopic_set_config(owners.back().get(), name.c_str(), value.c_str());
      wanted.push_back(owners.back().get());
    }
    AdminCall call(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, left());
    rd_kafka_CreateTopics(client_, wanted.data(), wanted.size(), call.options(), call.answers());
    if (const auto error = call.wait())
      return trouble("topics cannot be created: " + call.reason(), error);
    std::size_t count = 0;
    const auto* made = rd_kafka_event_CreateTopics_result(call.event());
    auto* const results = rd_kafka_CreateTopics_result_topics(made, &count);
    using Reason = std::pair<rd_kafka_resp_err_t, std::string>;
    std::map<Reason, std::vector<OwnTopic>> refused;
    for (std::size_t i = 0; i < count; ++i) {  // in the order of the request
      const auto error = rd_kafka_topic_result_error(results[i]);
      const char* reason = rd_kafka_topic_result_error_string(results[i]);
      // Where another host was faster, its topic is as good as ours, if check() says so.
      if (error == kNoError || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        created_.insert(missing[i].name);
      else if (is_passing(error)) return passing(title(missing[i]) + ": " + kafka::describe(error));
      else
        refused[{error, reason != nullptr ? reason : kafka::describe(error)}].push_back(missing[i]);
    }
    std::string problem;
    for (const auto& [why, topics] : refused)
      problem += (problem.empty() ? "" : "; ") +
                 refused_problem(topics, sources_, plan_.replication_factor, why.first, why.second);
    if (!problem.empty()) return lasting(problem);
    return passing("topics were just created and are not known everywhere yet");
  }

  Trouble check() {
    Configs configs;
    if (auto t = read_configs(own_names_, configs)) return t;
    std::string problems;
    for (const OwnTopic& topic : plan_.topics) {
      const Judgement judgement = judge(topic, sources_, configs[topic.name]);
      if (!judgement.problem.empty())
        problems += (problems.empty() ? "" : "; ") + judgement.problem;
      if (judgement.short_lived && warned_.insert("retention of " + topic.name).second)
        log_short_lived(topic, *judgement.short_lived);
    }
    if (problems.empty()) return {};
    return lasting(problems);
  }

  rd_kafka_t* const client_;
  const OwnTopicsPlan& plan_;
  const MonotonicTime deadline_;
  Names& warned_;
  Names own_names_;
  Names created_;
  std::map<std::string, Described> described_;
  SourceTopics sources_;
};

}  // namespace

TopicAdmin::Result KafkaTopicAdmin::ensure(rd_kafka_t* client, const OwnTopicsPlan& plan,
                                           milliseconds timeout) {
  if (plan.topics.empty()) return {};
  MutexLock lock(mutex_);
  return Ensuring(client, plan, timeout, warned_).run();
}

}  // namespace tidegate
