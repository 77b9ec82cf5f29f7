// SPDX-License-Identifier: Apache-2.0
//
// The thread that makes a consumer's transactions, one after the other: begin, write what the
// messages hold, send the positions, commit. The poll thread cuts a transaction and hands it over,
// and goes on fetching and settling meanwhile. Thread rule: start, take_done, busy on [poll]; the
// rest is [transaction]. A Transaction that was handed over is touched by [transaction] alone, but
// for `cancelled`.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/log_limit.hpp"
#include "host/base/mutex.hpp"
#include "host/base/wakeup.hpp"
#include "host/consume/held.hpp"
#include "host/route/transactional_producer.hpp"

namespace tidegate {

struct Transaction {
  std::vector<Held*> held;  // what is written, in this order; owned by Transactions
  kafka::PartitionList positions;
  std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                  kafka::Deleter<&rd_kafka_consumer_group_metadata_destroy>>
      group;
  std::atomic<bool> cancelled{false};  // [poll] sets it: a partition in it is not ours any more

  // When it comes back.
  enum class End : std::uint8_t {
    committed,
    aborted,     // nothing of it is there; what was refused says so itself
    indefinite,  // the producer was made anew since: the brokers' positions tell how it ended
    fenced,      // by another live producer of this id
  };
  End end = End::aborted;
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string error;
};

class Transactor final : private DeliveryReports {
 public:
  // properties: of the producer, with a transactional.id. wakeup: of the poll thread. Starts the
  // thread, which makes the producer and ends what a predecessor left.
  Transactor(kafka::Properties properties, CopySender sender, const Clock& clock, Wakeup& wakeup);
  // Waits for the transaction under way, which is aborted where that is possible.
  ~Transactor() override;
  Transactor(const Transactor&) = delete;
  Transactor& operator=(const Transactor&) = delete;

  [[nodiscard]] bool busy() const { return under_way_ != nullptr; }
  // REQUIRES: not busy.
  void start(std::unique_ptr<Transaction> transaction);
  // The transaction that has ended since; null: none.
  [[nodiscard]] std::unique_ptr<Transaction> take_done();
  // Why the brokers will never take transactions of this id; empty: they may.
  [[nodiscard]] std::string refused();
  // Its thread waits for librdkafka longer than it asked to: for the positions' way into the
  // transaction, whose time limit librdkafka does not keep while the group's coordinator is away
  // (librdkafka#5456, 2.14.2). Seen to last until the process ended.
  [[nodiscard]] bool overdue(MonotonicTime now);
  // Leaves such a one to itself, with its client: it ends when its call comes back, and touches
  // nothing else any more. Gives the transaction back as aborted: its commit was never asked for,
  // and the next producer of its id aborts it. Null, and nothing has happened: the call has come
  // back.
  [[nodiscard]] static std::unique_ptr<Transaction> abandon(std::unique_ptr<Transactor>& overdue);
  // Cancels the one under way, and waits for that call as long as it may come back: true, it has,
  // and the destructor will not wait for it.
  [[nodiscard]] bool end_soon();
  // The one under way cannot stand any more. REQUIRES: busy.
  void cancel() { under_way_->cancelled.store(true, std::memory_order_release); }

 private:
  using Result = TransactionalProducer::Result;
  // One call's patience; what takes longer is indefinite.
  static constexpr std::chrono::milliseconds kPatience{10'000};

  void run(const std::stop_token& stop);
  void make_producer(const std::stop_token& stop);
  void work(Transaction& transaction, const std::stop_token& stop);
  [[nodiscard]] std::string try_to_make();
  [[nodiscard]] Result write(Transaction& transaction);
  [[nodiscard]] Result send_positions(const Transaction& transaction);
  [[nodiscard]] bool abandoned();
  void end(Transaction& transaction, const Result& result, MonotonicTime begun);
  void delivered(void* held, rd_kafka_resp_err_t error) override;

  const kafka::Properties properties_;
  const CopySender sender_;
  const Clock& clock_;
  Wakeup& wakeup_;
  log::RateLimit failures_;                          // [transaction]
  std::unique_ptr<TransactionalProducer> producer_;  // [transaction]; null: to be made
  bool late_beginning_ = false;  // [transaction] a request to begin is still on its way, maybe
  std::unique_ptr<Transaction> under_way_;  // [poll] owns it
  Mutex mutex_;
  CondVar changed_;
  Transaction* next_ TIDEGATE_GUARDED_BY(mutex_) = nullptr;
  bool done_ TIDEGATE_GUARDED_BY(mutex_) = false;
  bool stop_ TIDEGATE_GUARDED_BY(mutex_) = false;
  std::string refused_ TIDEGATE_GUARDED_BY(mutex_);
  MonotonicTime positions_asked_ TIDEGATE_GUARDED_BY(mutex_);  // zero: that call is not under way
  bool abandoned_ TIDEGATE_GUARDED_BY(mutex_) = false;         // it belongs to its thread alone
  std::jthread thread_;                                        // last: it uses all of the above
};

}  // namespace tidegate
