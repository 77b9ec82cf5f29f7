// SPDX-License-Identifier: Apache-2.0
#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>  // asks for rdkafka.h before it

#include <array>

#include "host/app/demo/cluster.hpp"
#include "host/base/kafka/handles.hpp"

namespace tidegate::demo {
namespace {

using Mock =
    std::unique_ptr<rd_kafka_mock_cluster_t, kafka::Deleter<&rd_kafka_mock_cluster_destroy>>;

// The mock's admin API can make no topics, but the cluster itself can.
class MockTopicAdmin final : public TopicAdmin {
 public:
  MockTopicAdmin(rd_kafka_mock_cluster_t* mock, std::int32_t partitions)
      : mock_(mock), partitions_(partitions) {}

  [[nodiscard]] Result ensure(rd_kafka_t*, const OwnTopicsPlan& plan,
                              std::chrono::milliseconds) override {
    Result result;
    for (const OwnTopic& topic : plan.topics) {
      // Made twice it is an error, and there already.
      (void)rd_kafka_mock_topic_create(mock_, topic.name.c_str(), partitions_, /*replication=*/1);
      result.partitions[topic.name] = partitions_;
    }
    return result;
  }

 private:
  rd_kafka_mock_cluster_t* const mock_;
  const std::int32_t partitions_;
};

class MockCluster final : public DemoCluster {
 public:
  MockCluster(const std::string& topic, std::int32_t partitions) : partitions_(partitions) {
    std::array<char, 512> reason{};
    // librdkafka takes the configuration only where it succeeds.
    kafka::Conf conf(rd_kafka_conf_new());
    rd_kafka_conf_set_log_cb(conf.get(), nullptr);  // this client is but a frame: it has no brokers
    client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason.data(), reason.size()));
    if (!client_) throw ClusterUnavailable(std::string("mock cluster: ") + reason.data());
    [[maybe_unused]] auto* const taken = conf.release();
    constexpr int kBrokers = 3;
    mock_.reset(rd_kafka_mock_cluster_new(client_.get(), kBrokers));
    if (!mock_)
      throw ClusterUnavailable("mock cluster: cannot be started; are loopback ports free?");
    // The first member of a group would otherwise wait 3 s for company.
    rd_kafka_mock_group_initial_rebalance_delay_ms(mock_.get(), 0);
    constexpr int kReplication = 1;
    const auto error =
        rd_kafka_mock_topic_create(mock_.get(), topic.c_str(), partitions, kReplication);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw ClusterUnavailable("mock cluster: topic " + topic + ": " + kafka::describe(error));
    }
  }

  [[nodiscard]] std::string bootstrap_servers() const override {
    return rd_kafka_mock_cluster_bootstraps(mock_.get());
  }
  [[nodiscard]] std::unique_ptr<TopicAdmin> topic_admin() override {
    return std::make_unique<MockTopicAdmin>(mock_.get(), partitions_);
  }

 private:
  kafka::Client client_;  // the cluster runs in its threads, so it goes last
  Mock mock_;
  const std::int32_t partitions_;
};

}  // namespace

std::unique_ptr<DemoCluster> start_mock_cluster(const std::string& topic, std::int32_t partitions) {
  return std::make_unique<MockCluster>(topic, partitions);
}

}  // namespace tidegate::demo
