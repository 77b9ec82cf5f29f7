// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/client.hpp"

#include "host/base/config/units.hpp"
#include "host/base/kafka/defaults.hpp"
#include "host/base/kafka/rights.hpp"
#include "host/base/mutex.hpp"

namespace tidegate::dlq {
namespace {

constexpr std::size_t kErrorRoom = 512;

// The operator's, without what is about being a member of a group: this client is none.
kafka::Properties properties_of(const Target& target, const std::string& group) {
  kafka::Properties theirs = target.consumer;
  for (const char* name : {"group.instance.id", "group.protocol", "group.remote.assignor"})
    theirs.erase(name);
  return kafka::consumer_properties(target.bootstrap_servers, group, theirs, 0);
}

}  // namespace

struct ReadClient::Notes {
  mutable Mutex mutex;
  std::string last_error TIDEGATE_GUARDED_BY(mutex);
};

ReadClient::ReadClient(const Target& target, const std::string& group,
                       std::chrono::milliseconds timeout)
    : servers_(properties_of(target, group).find("bootstrap.servers")->second),
      timeout_(timeout),
      notes_(std::make_unique<Notes>()) {
  char text[kErrorRoom];
  kafka::Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : properties_of(target, group)) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text, sizeof text) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error("librdkafka refuses property \"" + name + "\": " + text);
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), notes_.get());
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);  // what goes wrong is told once, at the end
  client_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text, sizeof text));
  if (client_ == nullptr)
    throw std::runtime_error(std::string("the Kafka client could not be made: ") + text);
  (void)conf.release();  // the client owns it now
  rd_kafka_poll_set_consumer(client_.get());
}

ReadClient::~ReadClient() {
  if (!gave_up_) return;
  // Destroying would wait a minute for requests that nobody answers, and the process ends now.
  kafka::client_left_behind = true;
  [[maybe_unused]] auto* const left = client_.release();
  [[maybe_unused]] auto* const its = notes_.release();
}

void ReadClient::on_error(rd_kafka_t*, int error, const char* reason, void* opaque) {
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return;  // what came before it says why
  auto& notes = *static_cast<Notes*>(opaque);
  const MutexLock lock(notes.mutex);
  notes.last_error = reason;
  notes.last_error += kafka::hint_of(static_cast<rd_kafka_resp_err_t>(error));
}

void ReadClient::throw_if_denied() const {
  while (rd_kafka_message_t* message = rd_kafka_consumer_poll(client_.get(), 0)) {
    const rd_kafka_resp_err_t error = message->err;
    rd_kafka_message_destroy(message);
    if (kafka::is_denied(error))
      throw std::runtime_error(kafka::describe(error) + kafka::cure_of(client_.get(), error, ""));
  }
}

void ReadClient::unreachable(const std::string& what) const {
  gave_up_ = true;
  // Errors are handed out while the client is polled.
  while (rd_kafka_message_t* message = rd_kafka_consumer_poll(client_.get(), 0))
    rd_kafka_message_destroy(message);
  const MutexLock lock(notes_->mutex);
  throw Unreachable("brokers " + servers_ + " were not reached within " +
                    config::format_duration(timeout_) + ": " + what +
                    (notes_->last_error.empty() ? "" : "; the last error was: ") +
                    notes_->last_error +
                    "; is the address right, a broker running there, and security.protocol that of "
                    "its listener?");
}

}  // namespace tidegate::dlq
