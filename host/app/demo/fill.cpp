// SPDX-License-Identifier: Apache-2.0
#include "host/app/demo/fill.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include "host/app/demo/messages.hpp"
#include "host/base/kafka/handles.hpp"

namespace tidegate::demo {
namespace {

// Written by the delivery callback, which runs inside poll and flush on the filling thread.
struct Deliveries {
  std::uint64_t acknowledged = 0;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* const deliveries = static_cast<Deliveries*>(opaque);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++deliveries->acknowledged;
  else deliveries->error = message->err;
}

kafka::Client make_producer(const FillPlan& plan, Deliveries& deliveries) {
  kafka::Conf conf(rd_kafka_conf_new());
  std::array<char, 512> reason{};
  // Large batches: the mock cluster keeps a limited number of them per partition.
  const std::array<std::pair<const char*, std::string>, 4> properties = {{
      {"bootstrap.servers", plan.bootstrap_servers},
      {"linger.ms", "20"},
      {"enable.idempotence", "true"},  // a repetition would be one message more than produced
      {"message.timeout.ms", "30000"},
  }};
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name, value.c_str(), reason.data(), reason.size()) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error(std::string("demo producer: ") + name + ": " + reason.data());
    }
  }
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);  // what cannot be delivered is thrown
  rd_kafka_conf_set_opaque(conf.get(), &deliveries);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivery);
  kafka::Client client(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason.data(), reason.size()));
  if (!client) throw std::runtime_error(std::string("demo producer: ") + reason.data());
  [[maybe_unused]] auto* const taken = conf.release();  // librdkafka's, where it succeeds
  return client;
}

void check(const Deliveries& deliveries) {
  if (deliveries.error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  throw std::runtime_error("demo producer: a message was not delivered: " +
                           kafka::describe(deliveries.error));
}

// Waits for room where librdkafka's queue is full.
void produce(rd_kafka_t* producer, const std::string& topic, const DemoMessage& message) {
  constexpr int kWaitForRoomMs = 100;
  std::array<rd_kafka_vu_t, 6> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = topic.c_str();
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = message.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_KEY;
  parts[2].u.mem = {const_cast<char*>(message.key.data()), message.key.size()};
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[3].u.mem = {const_cast<char*>(message.value.data()), message.value.size()};
  parts[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[4].u.i = RD_KAFKA_MSG_F_COPY;
  parts[5].vtype = RD_KAFKA_VTYPE_HEADER;
  parts[5].u.header = {"flaky", message.fate.data(), static_cast<ssize_t>(message.fate.size())};
  const std::size_t count = message.fate.empty() ? parts.size() - 1 : parts.size();
  while (true) {
    const kafka::Error error(rd_kafka_produceva(producer, parts.data(), count));
    if (!error) return;
    if (rd_kafka_error_code(error.get()) != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      throw std::runtime_error(std::string("demo producer: ") + rd_kafka_error_string(error.get()));
    }
    rd_kafka_poll(producer, kWaitForRoomMs);
  }
}

}  // namespace

std::uint64_t fill(const FillPlan& plan, const std::function<bool()>& keep_on) {
  constexpr std::uint64_t kPollEvery = 1'000;
  constexpr int kFlushMs = 100;
  Deliveries deliveries;
  const kafka::Client producer = make_producer(plan, deliveries);
  MessageGenerator generator(plan.seed, plan.partitions);
  for (std::uint64_t count = 0; count < plan.messages; ++count) {
    if (count % kPollEvery == 0) {
      rd_kafka_poll(producer.get(), 0);
      check(deliveries);
      if (!keep_on()) break;
    }
    produce(producer.get(), plan.topic, generator.next());
  }
  // Ends by itself: message.timeout.ms bounds how long a message may wait.
  while (rd_kafka_flush(producer.get(), kFlushMs) == RD_KAFKA_RESP_ERR__TIMED_OUT)
    check(deliveries);
  check(deliveries);
  return deliveries.acknowledged;
}

}  // namespace tidegate::demo
