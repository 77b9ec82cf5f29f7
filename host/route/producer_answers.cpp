// SPDX-License-Identifier: Apache-2.0
#include "host/route/producer_answers.hpp"

#include <utility>

namespace tidegate {
namespace {

constexpr const char* kName = "producer_answers";
// Kafka's protocol. A Produce is not among them: the brokers know a repeated one by its sequence.
constexpr std::int16_t kInitProducerId = 22;
constexpr std::int16_t kAddPartitionsToTxn = 24;
constexpr std::int16_t kAddOffsetsToTxn = 25;
constexpr std::int16_t kEndTxn = 26;
constexpr std::int16_t kTxnOffsetCommit = 28;

}  // namespace

void ProducerAnswers::watch(rd_kafka_conf_t* conf, std::function<void()> with_id) {
  with_id_ = std::move(with_id);
  (void)rd_kafka_conf_interceptor_add_on_new(conf, kName, on_new, this);
}

rd_kafka_resp_err_t ProducerAnswers::on_new(rd_kafka_t* client, const rd_kafka_conf_t*,
                                            void* opaque, char*, std::size_t) {
  return rd_kafka_interceptor_add_on_response_received(client, kName, on_answer, opaque);
}

// librdkafka calls it for answers, and for requests that it gives up, with its own error then. It
// does not say which of those were sent (but for those that timed out in its queue), so all count:
// a producer that is made anew costs a few milliseconds.
rd_kafka_resp_err_t ProducerAnswers::on_answer(rd_kafka_t*, int, const char*, std::int32_t,
                                               std::int16_t api_key, std::int16_t, std::int32_t,
                                               std::size_t, std::int64_t, rd_kafka_resp_err_t error,
                                               void* opaque) {
  auto& self = *static_cast<ProducerAnswers*>(opaque);
  if (error != RD_KAFKA_RESP_ERR__TRANSPORT && error != RD_KAFKA_RESP_ERR__TIMED_OUT) {
    if (api_key == kInitProducerId && !self.has_id_.exchange(true, std::memory_order_acq_rel))
      self.with_id_();
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  switch (api_key) {
    case kInitProducerId: self.beginning_.store(true, std::memory_order_release); break;
    case kAddPartitionsToTxn:
    case kAddOffsetsToTxn:
    case kEndTxn:
    case kTxnOffsetCommit: self.transaction_.store(true, std::memory_order_release); break;
    default: break;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace tidegate
