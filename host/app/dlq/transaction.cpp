// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/transaction.hpp"

#include <memory>
#include <string>

#include "host/base/kafka/rights.hpp"

namespace tidegate::dlq {
namespace {

using GroupMetadata = std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                                      kafka::Deleter<&rd_kafka_consumer_group_metadata_destroy>>;

constexpr const char* kAgain = "; run the same command again, it goes on where it was";

}  // namespace

bool is_shut_out(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__FENCED || error == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         error == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

Transaction::~Transaction() {
  constexpr int kPatienceMs = 5000;
  // What cannot be aborted now is aborted by the next replay, or by the brokers in time.
  if (open_) (void)kafka::Error(rd_kafka_abort_transaction(producer_.client(), kPatienceMs));
}

std::string Transaction::cure_of(rd_kafka_resp_err_t error) const {
  if (error == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    return kafka::cure({kafka::Right::On::transactional_id, id_, {"Write"}});
  return kafka::cure_of(client_.get(), error, "");
}

// Repeats what may be repeated until the timeout. Whatever else is wrong ends the replay: the next
// one takes over, asks the brokers for the position, and goes on there.
template <class Call>
void Transaction::must(const char* what, Call call) {
  const MonotonicTime until = system_clock().now() + client_.timeout();
  for (;;) {
    const kafka::Error error(call());
    if (error == nullptr) return;
    if (rd_kafka_error_is_retriable(error.get()) != 0 && system_clock().now() < until) continue;
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
    std::string reason(what);
    reason.append(": ").append(rd_kafka_error_string(error.get()));
    reason.append(" (").append(rd_kafka_err2name(code)).append(")").append(cure_of(code));
    if (is_shut_out(code)) throw std::runtime_error(kShutOut + reason);
    if (rd_kafka_error_is_retriable(error.get()) != 0 || code == RD_KAFKA_RESP_ERR__TIMED_OUT)
      client_.unreachable(reason);
    throw std::runtime_error(reason + kAgain);
  }
}

void Transaction::take_over() {
  must("transactions cannot begin",
       [&] { return rd_kafka_init_transactions(producer_.client(), client_.timeout_ms()); });
}

void Transaction::begin() {
  must("a transaction cannot begin",
       [&] { return rd_kafka_begin_transaction(producer_.client()); });
  open_ = true;
  began_ = system_clock().now();
}

void Transaction::commit(const rd_kafka_topic_partition_list_t& positions) {
  const GroupMetadata group(rd_kafka_consumer_group_metadata(client_.get()));
  must("progress cannot be made part of the transaction", [&] {
    return rd_kafka_send_offsets_to_transaction(producer_.client(), &positions, group.get(),
                                                client_.timeout_ms());
  });
  must("the transaction cannot be committed",
       [&] { return rd_kafka_commit_transaction(producer_.client(), client_.timeout_ms()); });
  open_ = false;
  if (producer_.answers().lost_in_transaction())
    throw std::runtime_error(
        "the brokers' answer to a request of the transaction was lost, and the request could still "
        "end the next one; what was replayed so far is committed" +
        std::string(kAgain));
}

}  // namespace tidegate::dlq
