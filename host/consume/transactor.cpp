// SPDX-License-Identifier: Apache-2.0
#include "host/consume/transactor.hpp"

#include <utility>

#include "host/base/thread_name.hpp"

namespace tidegate {
namespace {

constexpr std::chrono::milliseconds kGrace{2'000};

std::chrono::milliseconds transaction_timeout(const kafka::Properties& properties) {
  const auto at = properties.find("transaction.timeout.ms");
  return std::chrono::milliseconds(at == properties.end() ? 60'000 : std::stol(at->second));
}

TransactionalProducer::Result given_up() {
  return {TransactionalProducer::Result::Kind::abort, RD_KAFKA_RESP_ERR_NO_ERROR,
          "a partition in it was given up"};
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
        if (abandoned()) delete this;
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
    if (abandoned()) return;
    {
      MutexLock lock(mutex_);
      done_ = true;
    }
    wakeup_.notify();
  }
}

bool Transactor::abandoned() {
  MutexLock lock(mutex_);
  return abandoned_;
}

bool Transactor::overdue(MonotonicTime now) {
  MutexLock lock(mutex_);
  return positions_asked_ != MonotonicTime{} && now >= positions_asked_ + kPatience + kGrace;
}

bool Transactor::end_soon() {
  MutexLock lock(mutex_);
  if (busy()) cancel();
  if (positions_asked_ == MonotonicTime{}) return true;
  return changed_.wait_until(
      mutex_, positions_asked_ + kPatience + kGrace,
      [this]() TIDEGATE_REQUIRES(mutex_) { return positions_asked_ == MonotonicTime{}; });
}

std::unique_ptr<Transaction> Transactor::abandon(std::unique_ptr<Transactor>& overdue) {
  auto told = std::make_unique<Transaction>();
  {
    // Whatever comes back waits for this lock, and then leaves everything alone.
    MutexLock lock(overdue->mutex_);
    if (overdue->positions_asked_ == MonotonicTime{}) return nullptr;
    overdue->abandoned_ = true;
    // What is still on its way is lent by the caller.
    overdue->producer_->messages().abandon();
    told->held = overdue->under_way_->held;
    for (Held* const held : told->held) held->let_go = false;
    overdue->thread_.detach();
    kafka::client_left_behind = true;
  }
  told->error = "librdkafka has not come back from sending its positions";
  (void)overdue.release();  // its thread deletes it
  return told;
}

void Transactor::work(Transaction& transaction, const std::stop_token& stop) {
  make_producer(stop);
  if (producer_ == nullptr) return;
  const MonotonicTime begun = clock_.now();
  Result result = producer_->begin();
  if (result.ok()) result = write(transaction);
  if (result.ok() && transaction.positions->cnt > 0) {
    result = send_positions(transaction);
    if (abandoned()) return;
  }
  if (result.ok() && transaction.cancelled.load(std::memory_order_acquire)) result = given_up();
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

Transactor::Result Transactor::send_positions(const Transaction& transaction) {
  {
    MutexLock lock(mutex_);
    if (transaction.cancelled.load(std::memory_order_acquire)) return given_up();
    positions_asked_ = clock_.now();
  }
  Result result =
      producer_->send_positions(transaction.positions.get(), transaction.group.get(), kPatience);
  MutexLock lock(mutex_);
  positions_asked_ = {};
  changed_.notify_all();
  return result;
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
