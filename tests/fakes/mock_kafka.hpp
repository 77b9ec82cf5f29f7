// SPDX-License-Identifier: Apache-2.0
//
// librdkafka's mock cluster with topics and messages in it. Its limits are in FACTS: a partition
// holds 5 MiB at most, and latency is not to be measured on it. Thread rule: one thread, but for
// what is marked otherwise.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "host/base/kafka/handles.hpp"

namespace tidegate::fakes {

class MockKafka {
 public:
  explicit MockKafka(int brokers = 1) {
    char text[256];
    kafka::Conf conf(rd_kafka_conf_new());
    rd_kafka_conf_set(conf.get(), "client.id", "mock", text, sizeof text);
    owner_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.release(), text, sizeof text));
    cluster_ = rd_kafka_mock_cluster_new(owner_.get(), brokers);
    rd_kafka_mock_group_initial_rebalance_delay_ms(cluster_, 0);
    bootstrap_ = rd_kafka_mock_cluster_bootstraps(cluster_);
    kafka::Conf producing(rd_kafka_conf_new());
    rd_kafka_conf_set(producing.get(), "bootstrap.servers", bootstrap_.c_str(), text, sizeof text);
    rd_kafka_conf_set(producing.get(), "linger.ms", "1", text, sizeof text);
    producer_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, producing.release(), text, sizeof text));
  }
  ~MockKafka() {
    producer_.reset();
    rd_kafka_mock_cluster_destroy(cluster_);
  }
  MockKafka(const MockKafka&) = delete;
  MockKafka& operator=(const MockKafka&) = delete;

  void create_topic(const std::string& topic, int partitions) {
    if (rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw std::runtime_error("mock topic " + topic);
    }
  }
  // As above, where it may be there already.
  void ensure_topic(const std::string& topic, int partitions) {
    (void)rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1);
  }
  void produce(const std::string& topic, int partition, const std::string& key,
               const std::string& value) {
    rd_kafka_vu_t parts[5] = {};
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = topic.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = partition;
    parts[2].vtype = RD_KAFKA_VTYPE_KEY;
    parts[2].u.mem = {key.empty() ? nullptr : const_cast<char*>(key.data()), key.size()};
    parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[3].u.mem = {const_cast<char*>(value.data()), value.size()};
    parts[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[4].u.i = RD_KAFKA_MSG_F_COPY;
    const kafka::Error error(rd_kafka_produceva(producer_.get(), parts, 5));
    if (error != nullptr) throw std::runtime_error(rd_kafka_error_string(error.get()));
  }
  void flush() { rd_kafka_flush(producer_.get(), 30'000); }

  // The position a group has committed; -1: none.
  std::int64_t committed(const std::string& group, const std::string& topic, int partition) {
    char text[256];
    kafka::Conf conf(rd_kafka_conf_new());
    rd_kafka_conf_set(conf.get(), "bootstrap.servers", bootstrap_.c_str(), text, sizeof text);
    rd_kafka_conf_set(conf.get(), "group.id", group.c_str(), text, sizeof text);
    const kafka::Client client(rd_kafka_new(RD_KAFKA_CONSUMER, conf.release(), text, sizeof text));
    const kafka::PartitionList list = kafka::make_list(1);
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    if (rd_kafka_committed(client.get(), list.get(), 10'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return -2;
    return list->elems[0].offset < 0 ? -1 : list->elems[0].offset;
  }

  // The next requests of this kind (Kafka's ApiKey) fail with this error.
  enum class Request : std::int16_t {
    fetch = 1,
    list_offsets = 2,
    metadata = 3,
    offset_commit = 8,
    heartbeat = 12,
    leave_group = 13,
    sync_group = 14,
    init_producer_id = 22,
    end_txn = 26
  };
  void fail(Request request, rd_kafka_resp_err_t error, std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
      rd_kafka_mock_push_request_errors(cluster_, static_cast<std::int16_t>(request), 1, error);
    }
  }
  // The next request of this kind is obeyed at once and answered so late. For one broker.
  void answer_late(Request request, std::chrono::milliseconds late) {
    (void)rd_kafka_mock_broker_push_request_error_rtts(
        cluster_, 1, static_cast<std::int16_t>(request), 1, RD_KAFKA_RESP_ERR_NO_ERROR,
        static_cast<int>(late.count()));
  }

  void fail_no_more(Request request) {
    rd_kafka_mock_clear_request_errors(cluster_, static_cast<std::int16_t>(request));
  }
  // How many requests of this kind have come since track_requests(). [any]
  void track_requests() { rd_kafka_mock_start_request_tracking(cluster_); }
  [[nodiscard]] std::size_t seen(Request request) const {
    std::size_t count = 0;
    rd_kafka_mock_request_t** const all = rd_kafka_mock_get_requests(cluster_, &count);
    const std::span requests(all, count);
    const auto of_kind =
        std::count_if(requests.begin(), requests.end(), [&](rd_kafka_mock_request_t* one) {
          return rd_kafka_mock_request_api_key(one) == static_cast<std::int16_t>(request);
        });
    rd_kafka_mock_request_destroy_array(all, count);
    return static_cast<std::size_t>(of_kind);
  }
  // Brokers have the numbers 1, 2, ...
  void take_down(int broker) { rd_kafka_mock_broker_set_down(cluster_, broker); }
  void bring_up(int broker) { rd_kafka_mock_broker_set_up(cluster_, broker); }
  void move_coordinator(const std::string& group, int broker) {
    rd_kafka_mock_coordinator_set(cluster_, "group", group.c_str(), broker);
  }
  void move_transactions(const std::string& transactional_id, int broker) {
    rd_kafka_mock_coordinator_set(cluster_, "transaction", transactional_id.c_str(), broker);
  }
  void move_leader(const std::string& topic, int partition, int broker) {
    rd_kafka_mock_partition_set_leader(cluster_, topic.c_str(), partition, broker);
  }

  // [any]
  [[nodiscard]] const std::string& bootstrap() const { return bootstrap_; }

 private:
  std::unique_ptr<rd_kafka_t, kafka::Deleter<&rd_kafka_destroy>> owner_;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  std::string bootstrap_;
  std::unique_ptr<rd_kafka_t, kafka::Deleter<&rd_kafka_destroy>> producer_;
};

}  // namespace tidegate::fakes
