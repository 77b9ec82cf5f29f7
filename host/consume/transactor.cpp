// SPDX-License-Identifier: Apache-2.0
#include "host/consume/transactor.hpp"

#include <exception>
#include <utility>

#include "host/base/kafka/rights.hpp"
#include "host/base/log.hpp"
#include "host/base/thread_name.hpp"

namespace tidegate {
namespace {

// One call's patience; what takes longer is indefinite.
constexpr std::chrono::milliseconds kPatience{10'000};
constexpr std::chrono::milliseconds kGrace{2'000};
constexpr Duration kBetweenTries = std::chrono::milliseconds(200);

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

std::chrono::milliseconds transaction_timeout(const kafka::Properties& properties) {
  const auto at = properties.find("transaction.timeout.ms");
  return std::chrono::milliseconds(at == properties.end() ? 60'000 : std::stol(at->second));
}

}  // namespace

Transactor::Transactor(kafka::Properties properties, CopySender sender, const Clock& clock,
                       Wakeup& wakeup)
    : properties_(std::move(properties)),
      sender_(std::move(sender)),
      clock_(clock),
      wakeup_(wakeup),
      thread_([this](const std::stop_token& stop) {
        set_thread_name("transaction");
        run(stop);
      }) {}

Transactor::~Transactor() {
  if (busy()) cancel();
  thread_.request_stop();
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
}

void Transactor::start(std::unique_ptr<Transaction> transaction) {
  under_way_ = std::move(transaction);
  {
    MutexLock lock(mutex_);
    next_ = under_way_.get();
    done_ = false;
  }
  changed_.notify_all();
}

std::unique_ptr<Transaction> Transactor::take_done() {
  MutexLock lock(mutex_);
  if (!std::exchange(done_, false)) return nullptr;
  return std::move(under_way_);
}

void Transactor::run(const std::stop_token& stop) {
  make_producer(stop);
  while (true) {
    Transaction* transaction = nullptr;
    {
      MutexLock lock(mutex_);
      changed_.wait(mutex_, [this]() TIDEGATE_REQUIRES(mutex_) { return stop_ || next_; });
      if (stop_) return;
      transaction = std::exchange(next_, nullptr);
    }
    work(*transaction, stop);
    {
      MutexLock lock(mutex_);
      done_ = true;
    }
    wakeup_.notify();
  }
}

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
    (void)changed_.wait_until(mutex_, clock_.now() + kBetweenTries,
                              [this]() TIDEGATE_REQUIRES(mutex_) { return stop_; });
  }
}

void Transactor::work(Transaction& transaction, const std::stop_token& stop) {
  make_producer(stop);
  if (producer_ == nullptr) return;
  const MonotonicTime begun = clock_.now();
  Result result = producer_->begin();
  if (result.ok()) result = write(transaction);
  if (result.ok() && transaction.positions->cnt > 0) {
    result =
        producer_->send_positions(transaction.positions.get(), transaction.group.get(), kPatience);
  }
  if (result.ok() && transaction.cancelled.load(std::memory_order_acquire))
    result = {Result::Kind::abort, RD_KAFKA_RESP_ERR_NO_ERROR, "a partition in it was given up"};
  // The brokers end it by then.
  if (result.ok()) result = producer_->commit(transaction_timeout(properties_) + kGrace);
  end(transaction, result, begun);
  // Even where the end is known: the client asks again by itself, and a request that was given up
  // for lost would end the next transaction of this producer, when it comes at last.
  if (transaction.end == Transaction::End::indefinite ||
      producer_->answers().lost_in_transaction()) {
    producer_.reset();
    make_producer(stop);
  }
}

// All are handed over; their reports come while the transaction commits.
Transactor::Result Transactor::write(Transaction& transaction) {
  constexpr Duration kForRoom = std::chrono::seconds(30);
  for (Held* const held : transaction.held) {
    const MonotonicTime until = clock_.now() + kForRoom;
    held->sent = 0;
    if (held->alone) producer_->messages().flush(kPatience);
    send_held(producer_->messages(), sender_, *held);
    while (held->sent < held->size() && held->refused == RD_KAFKA_RESP_ERR_NO_ERROR &&
           !held->let_go && clock_.now() < until &&
           !transaction.cancelled.load(std::memory_order_acquire)) {
      if (held->alone) producer_->messages().flush(kPatience);
      else producer_->messages().serve(std::chrono::milliseconds(5));
      send_held(producer_->messages(), sender_, *held);
    }
    if (held->alone) producer_->messages().flush(kPatience);
    if (held->sent < held->size())
      return {Result::Kind::abort, RD_KAFKA_RESP_ERR_NO_ERROR,
              "a message was not taken: " + kafka::describe(held->refused)};
    if (transaction.cancelled.load(std::memory_order_acquire)) break;
  }
  return {};
}

void Transactor::end(Transaction& transaction, const Result& result, MonotonicTime begun) {
  using End = Transaction::End;
  transaction.error = result.error;
  transaction.code = result.code;
  Result::Kind kind = result.kind;
  if (kind == Result::Kind::abort) {
    const Result aborted = producer_->abort(kPatience);
    if (!aborted.ok()) transaction.error += "; it was not aborted cleanly: " + aborted.error;
    // Nothing asked for its commit, so it is aborted now or by the next producer's beginning.
    kind = aborted.ok() ? Result::Kind::abort : aborted.kind;
  }
  switch (kind) {
    case Result::Kind::done: transaction.end = End::committed; break;
    case Result::Kind::abort: transaction.end = End::aborted; break;
    case Result::Kind::unsure: transaction.end = End::indefinite; break;
    case Result::Kind::fenced:
      // A host that stood still too long was given up by the broker, not by a rival; or a beginning
      // of its own, which it had asked for again, has come late.
      transaction.end = clock_.now() - begun >= transaction_timeout(properties_) ||
                                std::exchange(late_beginning_, false)
                            ? End::indefinite
                            : End::fenced;
      break;
  }
  // What is still on its way is lent by the poll thread, which gets it back now.
  if (transaction.end != End::committed) producer_->messages().abandon();
  for (Held* const held : transaction.held) held->let_go = false;
}

void Transactor::delivered(void* held, rd_kafka_resp_err_t error) {
  // A whole transaction's trouble is no message's.
  const bool its_own = error == RD_KAFKA_RESP_ERR_NO_ERROR || is_refusal(error);
  (void)reported(*static_cast<Held*>(held), its_own ? error : RD_KAFKA_RESP_ERR__PURGE_INFLIGHT);
}

}  // namespace tidegate
