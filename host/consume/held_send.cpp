// SPDX-License-Identifier: Apache-2.0
//
// How what is held goes out, and what its reports say.
#include <iterator>
#include <string>
#include <utility>

#include "host/consume/held.hpp"

namespace tidegate {
namespace {

// Not the message's fault: the producer was given up with it.
bool is_let_go(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT ||
         error == RD_KAFKA_RESP_ERR__FATAL || error == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT ||
         error == RD_KAFKA_RESP_ERR__STATE;  // its transaction cannot go on
}

rd_kafka_resp_err_t send_copy(Producer& producer, const CopySender& sender, Held& held) {
  const FailedCopy& copy = *held.copy;
  const std::string plugin = copy.plugin == nullptr ? std::string() : copy.plugin->label();
  Headers headers = copy_headers(held.item.message, copy.origin, sender,
                                 {.kind = copy.route.kind,
                                  .reason = copy.reason,
                                  .plugin = plugin,
                                  .attempts = copy.route.attempts,
                                  .not_before_ms = copy.route.not_before_ms});
  if (headers == nullptr) return RD_KAFKA_RESP_ERR_INVALID_RECORD;
  return producer.send({.topic = copy.topic.c_str(),
                        .key = held.item.message.key(),
                        .value = held.item.message.value(),
                        .partition = copy.partition},
                       std::move(headers), &held);
}

rd_kafka_resp_err_t send_output(Producer& producer, Held& held, const Output& output) {
  Headers headers;
  if (output.headers != nullptr) headers.reset(rd_kafka_headers_copy(output.headers.get()));
  return producer.send({.topic = output.topic,
                        .key = output.key,
                        .value = output.value,
                        .partition = output.partition.value,
                        .timestamp_ms = output.timestamp_ms},
                       std::move(headers), &held);
}

}  // namespace

bool refused_for_good(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || error == RD_KAFKA_RESP_ERR_INVALID_MSG ||
         error == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
         error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

void send_held(Producer& producer, const CopySender& sender, Held& held) {
  Outputs::Iterator output = held.outputs.begin();
  if (!held.is_copy()) std::advance(output, held.sent);
  while (held.sent < held.size()) {
    const rd_kafka_resp_err_t error =
        held.is_copy() ? send_copy(producer, sender, held) : send_output(producer, held, *output);
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL && producer.outstanding() > 0) return;
    if (is_let_go(error)) {
      held.let_go = true;
      return;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      // A queue that is full of nothing: this one will never fit.
      held.alone |= error == RD_KAFKA_RESP_ERR__QUEUE_FULL;
      held.refused =
          error == RD_KAFKA_RESP_ERR__QUEUE_FULL ? RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE : error;
      return;
    }
    ++held.sent;
    ++held.unacked;
    if (held.alone) return;
    if (!held.is_copy()) ++output;
  }
}

bool is_refusal(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: return true;
    default: return refused_for_good(error);
  }
}

bool to_be_sent_alone(Held& held) {
  if (held.refused != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || held.alone) return false;
  held.refused = RD_KAFKA_RESP_ERR_NO_ERROR;
  held.sent = 0;
  held.alone = true;
  return true;
}

bool reported(Held& held, rd_kafka_resp_err_t error) {
  --held.unacked;
  if (is_let_go(error)) held.let_go = true;
  else if (error != RD_KAFKA_RESP_ERR_NO_ERROR) held.refused = error;
  return held.unacked == 0;
}

}  // namespace tidegate
