// SPDX-License-Identifier: Apache-2.0
//
// How a transactor gets its producer, for as long as it takes.
#include <exception>
#include <utility>

#include "host/base/kafka/rights.hpp"
#include "host/base/log.hpp"
#include "host/consume/transactor.hpp"

namespace tidegate {
namespace {

constexpr Duration kBetweenInits = std::chrono::milliseconds(200);

bool refused_for_ever(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT;
}

// For the whole group: the instance may be another one at the next start. An id is
// <group>.<instance>.<consumer>, and its instance has no dot.
std::string cure_of(rd_kafka_resp_err_t code, const std::string& transactional_id) {
  if (code != RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED) return {};
  const std::size_t instance = transactional_id.rfind('.', transactional_id.rfind('.') - 1);
  return kafka::cure({kafka::Right::On::transactional_id,
                      transactional_id.substr(0, instance + 1),
                      {"Write"},
                      kafka::Right::Names::all_that_begin_so});
}

}  // namespace

std::string Transactor::refused() {
  MutexLock lock(mutex_);
  return refused_;
}

// Why it could not be made; empty: it is there.
std::string Transactor::try_to_make() {
  try {
    DeliveryReports& reports = *this;
    auto made = std::make_unique<TransactionalProducer>(properties_, reports);
    const Result result = made->init(kPatience);
    late_beginning_ |= made->answers().lost_at_beginning();
    if (result.ok()) producer_ = std::move(made);
    if (refused_for_ever(result.code)) {
      MutexLock lock(mutex_);
      refused_ = result.error + cure_of(result.code, properties_.at("transactional.id"));
    }
    return result.error;
  } catch (const std::exception& error) {
    return error.what();  // say a certificate file that is just being replaced
  }
}

void Transactor::make_producer(const std::stop_token& stop) {
  while (producer_ == nullptr && !stop.stop_requested()) {
    const std::string problem = try_to_make();
    if (problem.empty()) return;
    if (const auto suppressed = failures_.admit()) {
      log::warn("transactions_not_ready",
                "the transactional producer could not begin; it is made anew",
                {{"transactional_id", properties_.at("transactional.id")},
                 {"error", problem},
                 {"suppressed", *suppressed}});
    }
    wakeup_.notify();
    MutexLock lock(mutex_);
    (void)changed_.wait_until(mutex_, clock_.now() + kBetweenInits,
                              [this]() TIDEGATE_REQUIRES(mutex_) { return stop_; });
  }
}

}  // namespace tidegate
