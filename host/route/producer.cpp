// SPDX-License-Identifier: Apache-2.0
#include "host/route/producer.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "host/base/check.hpp"
#include "host/base/kafka/client_log.hpp"
#include "host/base/log.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kErrorRoom = 512;

rd_kafka_vu_t part(rd_kafka_vtype_t type) {
  rd_kafka_vu_t made{};
  made.vtype = type;
  return made;
}

rd_kafka_vu_t bytes_part(rd_kafka_vtype_t type, kafka::Bytes bytes) {
  rd_kafka_vu_t made = part(type);
  // librdkafka's interface is not const; without RD_KAFKA_MSG_F_FREE it only reads.
  made.u.mem = {const_cast<char*>(bytes.data()), bytes.size()};
  return made;
}

bool is_idempotent(const kafka::Properties& properties) {
  const auto at = properties.find("enable.idempotence");
  return at != properties.end() && at->second == "true";
}

}  // namespace

Producer::Producer(const kafka::Properties& properties, DeliveryReports& reports,
                   std::function<void()> wake)
    : reports_(reports), wake_(std::move(wake)), idempotent_(is_idempotent(properties)) {
  char text[kErrorRoom];
  kafka::Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text, sizeof text) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error("librdkafka refuses property \"" + name + "\": " + text);
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), on_report);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_log_cb(conf.get(), kafka::write_client_log);
  answers_.watch(conf.get(), wake_);
  client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), text, sizeof text));
  if (client_ == nullptr)
    throw std::runtime_error(std::string("the Kafka producer could not be made: ") + text);
  (void)conf.release();  // the client owns it now
  events_.reset(rd_kafka_queue_get_main(client_.get()));
  rd_kafka_queue_cb_event_enable(events_.get(), on_event, this);
}

Producer::~Producer() {
  TIDEGATE_CHECK(outstanding_ == 0, "copies are still lent to the producer");
  rd_kafka_queue_cb_event_enable(events_.get(), nullptr, nullptr);
}

rd_kafka_resp_err_t Producer::send(const Record& record, Headers headers, void* copy) {
  rd_kafka_vu_t parts[] = {part(RD_KAFKA_VTYPE_TOPIC),
                           part(RD_KAFKA_VTYPE_PARTITION),
                           bytes_part(RD_KAFKA_VTYPE_KEY, record.key),
                           bytes_part(RD_KAFKA_VTYPE_VALUE, record.value),
                           part(RD_KAFKA_VTYPE_TIMESTAMP),
                           part(RD_KAFKA_VTYPE_OPAQUE),
                           part(RD_KAFKA_VTYPE_HEADERS)};
  parts[0].u.cstr = record.topic;
  parts[1].u.i32 = record.partition;
  parts[4].u.i64 = std::max<std::int64_t>(record.timestamp_ms, 0);  // librdkafka: 0 is now
  parts[5].u.ptr = copy;
  parts[6].u.headers = headers.get();
  const std::size_t count = std::size(parts) - (headers == nullptr ? 1 : 0);
  const kafka::Error error(rd_kafka_produceva(client_.get(), parts, count));
  if (error != nullptr) return rd_kafka_error_code(error.get());
  (void)headers.release();  // the client owns them now
  ++outstanding_;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void Producer::serve(std::chrono::milliseconds patience) {
  rd_kafka_poll(client_.get(), static_cast<int>(patience.count()));
}

void Producer::flush(std::chrono::milliseconds patience) {
  (void)rd_kafka_flush(client_.get(), static_cast<int>(patience.count()));
}

void Producer::abandon() {
  constexpr int kPatienceMs = 100;
  while (outstanding_ > 0) {
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(client_.get(), kPatienceMs);
  }
}

void Producer::on_report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& self = *static_cast<Producer*>(opaque);
  --self.outstanding_;
  self.reports_.delivered(message->_private, message->err);
}

void Producer::on_error(rd_kafka_t* client, int error, const char* reason, void* opaque) {
  auto& self = *static_cast<Producer*>(opaque);
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    char text[kErrorRoom];
    self.broken_by_ = rd_kafka_fatal_error(client, text, sizeof text);
    self.broken_ = std::string(rd_kafka_err2name(self.broken_by_)) + ": " + text;
    return;
  }
  log::debug(
      "producer_error", "the producer reported an error; it goes on trying",
      {{"error", kafka::describe(static_cast<rd_kafka_resp_err_t>(error))}, {"detail", reason}});
}

void Producer::on_event(rd_kafka_t*, void* opaque) { static_cast<Producer*>(opaque)->wake_(); }

}  // namespace tidegate
