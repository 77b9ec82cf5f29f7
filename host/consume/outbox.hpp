// SPDX-License-Identifier: Apache-2.0
//
// Copies of failed messages on their way to a retry topic or the dead letter. A message stays in
// flight, and its offset unfinished, until its copy is acknowledged (invariant 1); what cannot be
// written is tried again for ever, with its partition paused, or stops the pipeline. Thread rule:
// [poll] of the owning consumer.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "host/base/log_limit.hpp"
#include "host/base/wakeup.hpp"
#include "host/consume/consumer_state.hpp"
#include "host/route/producer.hpp"

namespace tidegate {

class Outbox final : public DeliveryReports {
 public:
  // wakeup: of the poll thread. Makes the producer; throws std::runtime_error.
  Outbox(ConsumerState& state, CopySender sender, Wakeup& wakeup);
  ~Outbox() override;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // Takes a message of this epoch, unfinished, and its way. The reason is copied.
  void add(std::shared_ptr<PartitionEpoch> epoch, Item item, const Route& route,
           std::string reason);
  // Takes reports, and sends what waits for room or for its next try.
  void tick(MonotonicTime now);
  // When tick() should be called at the latest; empty: when woken.
  [[nodiscard]] std::optional<MonotonicTime> next_due() const;
  // Gives back at once what waits for its next try: a drain does not wait for it.
  void give_back_waiting(PartitionEpoch& epoch);
  // Lets go of everything: what is not acknowledged stays unfinished and comes again.
  void abandon();

  // DeliveryReports
  void delivered(void* copy, rd_kafka_resp_err_t error) override;

 private:
  struct Copy {
    std::shared_ptr<PartitionEpoch> epoch;
    Item item;
    Route route;
    std::string reason;
    kafka::Origin origin;
    MonotonicTime next_try{};  // of one that waits
    bool blocks = false;       // counted in its epoch's blocked copies
  };

  void send(std::unique_ptr<Copy> copy);
  void failed(std::unique_ptr<Copy> copy, rd_kafka_resp_err_t error);
  void wait(std::unique_ptr<Copy> copy, Duration patience);
  void try_again(std::unique_ptr<Copy> copy);
  void finish(Copy& copy, Outcome outcome);
  void count(const Copy& copy);
  void unblock(Copy& copy);
  void report_refusal(const Copy& copy, rd_kafka_resp_err_t error);
  void renew_producer();
  [[nodiscard]] std::string topic_of(const Route& route) const;

  ConsumerState& state_;
  const CopySender sender_;
  Wakeup& wakeup_;
  std::unique_ptr<Producer> producer_;
  std::deque<std::unique_ptr<Copy>> waiting_;
  bool abandoned_ = false;
  log::RateLimit refusals_;
};

}  // namespace tidegate
