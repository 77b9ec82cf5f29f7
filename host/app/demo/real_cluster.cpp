// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>
#include <span>

#include "host/app/demo/cluster.hpp"
#include "host/app/demo/config_text.hpp"
#include "host/base/config/names.hpp"
#include "host/base/config/units.hpp"
#include "host/base/kafka/handles.hpp"
#include "host/base/log.hpp"

namespace tidegate::demo {
namespace {

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, kafka::Deleter<&rd_kafka_NewTopic_destroy>>;
using DeleteTopic =
    std::unique_ptr<rd_kafka_DeleteTopic_t, kafka::Deleter<&rd_kafka_DeleteTopic_destroy>>;
using DeleteGroup =
    std::unique_ptr<rd_kafka_DeleteGroup_t, kafka::Deleter<&rd_kafka_DeleteGroup_destroy>>;

constexpr int kReachMs = 10'000;
constexpr int kTimeoutMs = 15'000;

kafka::Client make_client(const std::string& bootstrap_servers) {
  std::array<char, 512> reason{};
  kafka::Conf conf(rd_kafka_conf_new());
  if (rd_kafka_conf_set(conf.get(), "bootstrap.servers", bootstrap_servers.c_str(), reason.data(),
                        reason.size()) != RD_KAFKA_CONF_OK) {
    throw ClusterUnavailable(std::string("--bootstrap: ") + reason.data());
  }
  // Failed connections are told once, by the error that ends the demo.
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  kafka::Client client(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason.data(), reason.size()));
  if (!client) throw ClusterUnavailable(std::string("--bootstrap: ") + reason.data());
  [[maybe_unused]] auto* const taken = conf.release();  // librdkafka's, where it succeeds
  return client;
}

// Waits for the answer of an admin call; empty, or what the request itself failed with.
std::string failure(rd_kafka_event_t* event) {
  if (event == nullptr) return "no answer within " + std::to_string(kTimeoutMs / 1000) + " s";
  return rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR
             ? rd_kafka_event_error_string(event)
             : "";
}

std::string failure(std::span<const rd_kafka_topic_result_t* const> results) {
  for (const auto* result : results) {
    const auto error = rd_kafka_topic_result_error(result);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const char* text = rd_kafka_topic_result_error_string(result);
    return text != nullptr ? text : kafka::describe(error);
  }
  return "";
}

class RealCluster final : public DemoCluster {
 public:
  RealCluster(std::string bootstrap_servers, std::string topic, std::int32_t partitions,
              std::string group_id)
      : bootstrap_servers_(std::move(bootstrap_servers)),
        topic_(std::move(topic)),
        group_id_(std::move(group_id)),
        client_(make_client(bootstrap_servers_)),
        queue_(rd_kafka_queue_new(client_.get())) {
    check_reachable();
    create_topic(partitions);
  }

  ~RealCluster() override {
    delete_group();
    delete_topics();
  }

  [[nodiscard]] std::string bootstrap_servers() const override { return bootstrap_servers_; }
  [[nodiscard]] std::unique_ptr<TopicAdmin> topic_admin() override {
    return std::make_unique<KafkaTopicAdmin>();
  }

 private:
  void check_reachable() const {
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 0, nullptr, &metadata, kReachMs);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw ClusterUnavailable("brokers " + bootstrap_servers_ +
                               " were not reached: " + kafka::describe(error) +
                               "; is the address right, and a broker running there?");
    }
    rd_kafka_metadata_destroy(metadata);
  }

  void create_topic(std::int32_t partitions) {
    std::array<char, 512> reason{};
    constexpr int kBrokersDefault = -1;
    const NewTopic topic(rd_kafka_NewTopic_new(topic_.c_str(), partitions, kBrokersDefault,
                                               reason.data(), reason.size()));
    if (!topic) throw ClusterUnavailable("topic " + topic_ + ": " + reason.data());
    rd_kafka_NewTopic_t* wanted = topic.get();
    rd_kafka_CreateTopics(client_.get(), &wanted, 1, nullptr, queue_.get());
    const kafka::Event event(rd_kafka_queue_poll(queue_.get(), kTimeoutMs));
    std::string problem = failure(event.get());
    if (problem.empty()) {
      std::size_t count = 0;
      const auto* results = rd_kafka_CreateTopics_result_topics(
          rd_kafka_event_CreateTopics_result(event.get()), &count);
      problem = failure(std::span(results, count));
    }
    if (!problem.empty())
      throw ClusterUnavailable("topic " + topic_ + " cannot be created: " + problem);
  }

  // The demo's own, and those that its host made for the group.
  void delete_topics() noexcept {
    std::vector<std::string> names = {topic_, config::default_dead_letter(group_id_)};
    for (const std::string_view delay : kRetryDelays)
      names.push_back(config::retry_topic(group_id_, *config::parse_duration(delay)));
    for (const std::string& name : names) delete_topic(name);
  }

  void delete_topic(const std::string& name) noexcept {
    const DeleteTopic topic(rd_kafka_DeleteTopic_new(name.c_str()));
    rd_kafka_DeleteTopic_t* unwanted = topic.get();
    rd_kafka_DeleteTopics(client_.get(), &unwanted, 1, nullptr, queue_.get());
    const kafka::Event event(rd_kafka_queue_poll(queue_.get(), kTimeoutMs));
    std::string problem = failure(event.get());
    if (problem.empty()) {
      std::size_t count = 0;
      const auto* results = rd_kafka_DeleteTopics_result_topics(
          rd_kafka_event_DeleteTopics_result(event.get()), &count);
      problem = failure(std::span(results, count));
    }
    if (problem.empty()) return;
    log::warn("demo_topic_left", "a topic of the demo could not be deleted; delete it by hand",
              {{"topic", name}, {"error", problem}});
  }

  // A group that never committed does not exist; what fails here leaves nothing but an empty group,
  // which the brokers forget by themselves.
  void delete_group() noexcept {
    const DeleteGroup group(rd_kafka_DeleteGroup_new(group_id_.c_str()));
    rd_kafka_DeleteGroup_t* unwanted = group.get();
    rd_kafka_DeleteGroups(client_.get(), &unwanted, 1, nullptr, queue_.get());
    const kafka::Event event(rd_kafka_queue_poll(queue_.get(), kTimeoutMs));
    if (const std::string problem = failure(event.get()); !problem.empty()) {
      log::debug("demo_group_left", "the demo's group could not be deleted",
                 {{"group_id", group_id_}, {"error", problem}});
    }
  }

  const std::string bootstrap_servers_;
  const std::string topic_;
  const std::string group_id_;
  kafka::Client client_;
  kafka::Queue queue_;
};

}  // namespace

std::unique_ptr<DemoCluster> use_real_cluster(const std::string& bootstrap_servers,
                                              const std::string& topic, std::int32_t partitions,
                                              const std::string& group_id) {
  return std::make_unique<RealCluster>(bootstrap_servers, topic, partitions, group_id);
}

}  // namespace tidegate::demo
