// SPDX-License-Identifier: Apache-2.0
#include "host/route/transactional_producer.hpp"

namespace tidegate {
namespace {

using Result = TransactionalProducer::Result;

bool says_fenced(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

// Takes the error; null is success.
Result judge(rd_kafka_error_t* raw) {
  if (raw == nullptr) return {};
  const kafka::Error error(raw);
  Result result;
  result.code = rd_kafka_error_code(error.get());
  result.error =
      std::string(rd_kafka_error_name(error.get())) + ": " + rd_kafka_error_string(error.get());
  if (says_fenced(result.code)) result.kind = Result::Kind::fenced;
  else if (rd_kafka_error_txn_requires_abort(error.get()) != 0) result.kind = Result::Kind::abort;
  else result.kind = Result::Kind::unsure;
  return result;
}

int to_ms(std::chrono::milliseconds patience) { return static_cast<int>(patience.count()); }

}  // namespace

TransactionalProducer::TransactionalProducer(const kafka::Properties& properties,
                                             DeliveryReports& reports)
    : producer_(properties, reports, [] {}) {}

TransactionalProducer::~TransactionalProducer() { producer_.abandon(); }

Result TransactionalProducer::init(std::chrono::milliseconds patience) {
  return judge(rd_kafka_init_transactions(producer_.client(), to_ms(patience)));
}

Result TransactionalProducer::begin() {
  return judge(rd_kafka_begin_transaction(producer_.client()));
}

Result TransactionalProducer::send_positions(const rd_kafka_topic_partition_list_t* positions,
                                             const rd_kafka_consumer_group_metadata_t* group,
                                             std::chrono::milliseconds patience) {
  Result result = judge(
      rd_kafka_send_offsets_to_transaction(producer_.client(), positions, group, to_ms(patience)));
  // Time ran out before anything was committed: the transaction can still be aborted.
  if (result.kind == Result::Kind::unsure) result.kind = Result::Kind::abort;
  return result;
}

Result TransactionalProducer::commit(std::chrono::milliseconds patience) {
  return judge(rd_kafka_commit_transaction(producer_.client(), to_ms(patience)));
}

Result TransactionalProducer::abort(std::chrono::milliseconds patience) {
  return judge(rd_kafka_abort_transaction(producer_.client(), to_ms(patience)));
}

}  // namespace tidegate
