// SPDX-License-Identifier: Apache-2.0
#include "host/consume/client.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "host/base/kafka/client_log.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kErrorRoom = 512;

ClientEvents& events_of(void* opaque) { return *static_cast<ClientEvents*>(opaque); }

void rebalance_cb(rd_kafka_t*, rd_kafka_resp_err_t error,
                  rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  events_of(opaque).on_rebalance(error, partitions);
}

void error_cb(rd_kafka_t* client, int error, const char* reason, void* opaque) {
  const auto code = static_cast<rd_kafka_resp_err_t>(error);
  if (code != RD_KAFKA_RESP_ERR__FATAL) {
    events_of(opaque).on_client_error(code, reason, ClientEvents::Severity::recovers);
    return;
  }
  char text[kErrorRoom];
  const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(client, text, sizeof text);
  events_of(opaque).on_client_error(cause, text, ClientEvents::Severity::fatal);
}

// Statistics are the only place where librdkafka tells which brokers it is connected to.
int stats_cb(rd_kafka_t*, char* json, std::size_t size, void* opaque) {
  // Topics, which are most of the text, are skipped while parsing.
  const auto keep = [](int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    return !(depth == 1 && event == nlohmann::json::parse_event_t::key && parsed != "brokers");
  };
  const auto stats = nlohmann::json::parse(json, json + size, keep, /*allow_exceptions=*/false);
  std::uint32_t connected = 0;
  if (stats.is_object() && stats.contains("brokers")) {
    for (const auto& broker : stats["brokers"]) {
      // The coordinator is listed a second time, as a logical broker.
      const bool is_real = broker.value("source", "") != "logical";
      connected += is_real && broker.value("state", "") == "UP" ? 1 : 0;
    }
  }
  events_of(opaque).on_brokers_connected(connected);
  return 0;  // librdkafka frees the text
}

}  // namespace

std::string failed_for_good(rd_kafka_t* client) {
  char text[kErrorRoom];
  const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(client, text, sizeof text);
  return std::string("the Kafka client failed for good: ") + text + " (" +
         rd_kafka_err2name(cause) + ")";
}

kafka::Client make_client(const kafka::Properties& properties, ClientEvents& events) {
  char text[kErrorRoom];
  kafka::Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text, sizeof text) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error("librdkafka refuses property \"" + name + "\": " + text);
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), &events);
  rd_kafka_conf_set_rebalance_cb(conf.get(), rebalance_cb);
  rd_kafka_conf_set_error_cb(conf.get(), error_cb);
  rd_kafka_conf_set_stats_cb(conf.get(), stats_cb);
  rd_kafka_conf_set_log_cb(conf.get(), kafka::write_client_log);
  kafka::Client client(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text, sizeof text));
  if (client == nullptr)
    throw std::runtime_error(std::string("the Kafka client could not be made: ") + text);
  (void)conf.release();  // the client owns it now
  // Errors and rebalances come through the consumer's queue, so that [poll] serves them.
  rd_kafka_poll_set_consumer(client.get());
  return client;
}

void let_wake(rd_kafka_queue_t* queue, Wakeup& wakeup) {
  rd_kafka_queue_cb_event_enable(
      queue, [](rd_kafka_t*, void* opaque) { static_cast<Wakeup*>(opaque)->notify(); }, &wakeup);
}

}  // namespace tidegate
