// SPDX-License-Identifier: Apache-2.0
//
// Writes messages with everything that a message can have, and reads topics back, with a client
// that knows nothing of Tidegate. Thread rule: one thread.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/base/kafka/handles.hpp"
#include "host/base/kafka/held_message.hpp"

namespace tidegate::fakes {

// Name and value; no value: null.
using HeaderList = std::vector<std::pair<std::string, std::optional<std::string>>>;

struct Draft {
  std::optional<std::string> key;
  std::optional<std::string> value;
  HeaderList headers;
};

inline kafka::Client make_client(rd_kafka_type_t type, const std::string& bootstrap) {
  char text[256];
  kafka::Conf conf(rd_kafka_conf_new());
  rd_kafka_conf_set(conf.get(), "bootstrap.servers", bootstrap.c_str(), text, sizeof text);
  if (type == RD_KAFKA_CONSUMER) {
    rd_kafka_conf_set(conf.get(), "group.id", "reads-back", text, sizeof text);
    rd_kafka_conf_set(conf.get(), "auto.offset.reset", "earliest", text, sizeof text);
    rd_kafka_conf_set(conf.get(), "enable.partition.eof", "true", text, sizeof text);
    rd_kafka_conf_set(conf.get(), "enable.auto.commit", "false", text, sizeof text);
    rd_kafka_conf_set(conf.get(), "fetch.wait.max.ms", "10", text, sizeof text);
  } else {
    rd_kafka_conf_set(conf.get(), "linger.ms", "0", text, sizeof text);
  }
  kafka::Client client(rd_kafka_new(type, conf.get(), text, sizeof text));
  if (client == nullptr) throw std::runtime_error(text);
  (void)conf.release();  // the client owns it now
  return client;
}

// Writes one message and waits until the broker has it.
inline void write(const std::string& bootstrap, const std::string& topic, int partition,
                  const Draft& draft) {
  const kafka::Client client = make_client(RD_KAFKA_PRODUCER, bootstrap);
  rd_kafka_headers_t* headers = rd_kafka_headers_new(draft.headers.size());
  for (const auto& [name, value] : draft.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()),
                        value ? value->data() : nullptr,
                        static_cast<ssize_t>(value ? value->size() : 0));
  }
  const auto bytes = [](const std::optional<std::string>& text) {
    return decltype(rd_kafka_vu_t{}.u.mem){text ? const_cast<char*>(text->data()) : nullptr,
                                           text ? text->size() : 0};
  };
  rd_kafka_vu_t parts[6] = {};
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = topic.c_str();
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = partition;
  parts[2].vtype = RD_KAFKA_VTYPE_KEY;
  parts[2].u.mem = bytes(draft.key);
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[3].u.mem = bytes(draft.value);
  parts[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[4].u.headers = headers;
  parts[5].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[5].u.i = RD_KAFKA_MSG_F_COPY;
  const kafka::Error error(rd_kafka_produceva(client.get(), parts, std::size(parts)));
  if (error != nullptr) throw std::runtime_error(rd_kafka_error_string(error.get()));
  if (rd_kafka_flush(client.get(), 30'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error("not written to " + topic);
}

// All that a partition holds now; copies, which need no client.
inline std::vector<kafka::HeldMessage> read_all(const std::string& bootstrap,
                                                const std::string& topic, int partition) {
  std::vector<kafka::HeldMessage> messages;
  const kafka::Client client = make_client(RD_KAFKA_CONSUMER, bootstrap);
  const kafka::PartitionList list = kafka::make_list(1);
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = 0;
  rd_kafka_assign(client.get(), list.get());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < until) {
    rd_kafka_message_t* raw = rd_kafka_consumer_poll(client.get(), 100);
    if (raw == nullptr) continue;
    const rd_kafka_resp_err_t error = raw->err;
    kafka::HeldMessage message(raw);
    if (error == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      message.reset();
      rd_kafka_consumer_close(client.get());
      return messages;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    message.copy_out();
    messages.push_back(std::move(message));
  }
  throw std::runtime_error("the end of " + topic + " was not reached");
}

inline HeaderList list(const rd_kafka_headers_t* headers) {
  HeaderList found;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    const auto* text = static_cast<const char*>(value);
    found.emplace_back(name,
                       text == nullptr ? std::nullopt : std::optional(std::string(text, size)));
  }
  return found;
}

inline HeaderList headers_of(const kafka::HeldMessage& message) {
  rd_kafka_headers_t* headers = nullptr;
  return message.headers(&headers) == RD_KAFKA_RESP_ERR_NO_ERROR ? list(headers) : HeaderList{};
}

// The value of the only header of this name; "(none)" when it is not there just once.
inline std::string only(const HeaderList& headers, std::string_view name) {
  std::string found = "(none)";
  int times = 0;
  for (const auto& [at, value] : headers) {
    if (at == name && ++times == 1) found = value.value_or("(null)");
  }
  return times == 1 ? found : "(none)";
}

}  // namespace tidegate::fakes
