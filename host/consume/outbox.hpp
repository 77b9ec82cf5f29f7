// SPDX-License-Identifier: Apache-2.0
//
// Writes what is held at once: copies of failed messages to a retry topic or the dead letter, and
// what handlers emitted. A message stays in flight, and its offset unfinished, until all of that is
// acknowledged (invariant 1). A copy that cannot be written is tried again for ever, with its
// partition paused, or stops the pipeline. Thread rule: [poll] of the owning consumer.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/base/wakeup.hpp"
#include "host/consume/held.hpp"
#include "host/consume/held_way.hpp"

namespace tidegate {

class Outbox final : public HeldWay, private DeliveryReports {
 public:
  // wakeup: of the poll thread.
  Outbox(ConsumerState& state, CopySender sender, Wakeup& wakeup);
  ~Outbox() override;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // HeldWay
  [[nodiscard]] bool ready() const override;
  void add_copy(PartitionEpochPtr epoch, Failed failed, const Route& route,
                std::string reason) override;
  void add_emission(PartitionEpochPtr epoch, Item item, Outputs outputs) override;
  void tick(MonotonicTime now) override;
  [[nodiscard]] std::optional<MonotonicTime> next_due() const override;
  [[nodiscard]] bool drains(const PartitionEpoch& epoch) const override {
    return epoch.in_flight > epoch.awaiting_commit.size();
  }
  void give_back_waiting(PartitionEpoch& epoch) override;
  void abandon() override;

 private:
  void delivered(void* held, rd_kafka_resp_err_t error) override;
  void send(HeldPtr held);
  void settle(HeldPtr held);
  void wait(HeldPtr held, MonotonicTime until);
  void make_producer();
  // It is made anew at once, but no more often than once a second: brokers may refuse it for as
  // long as a right is lacking.
  void replace_broken_producer(MonotonicTime now);

  ConsumerState& state_;
  HeldBooks books_;
  Wakeup& wakeup_;
  const MonotonicTime ready_by_;  // whatever comes; also of a producer that is made anew later
  std::unique_ptr<Producer> producer_;  // null until it may be needed
  MonotonicTime made_at_{};
  std::optional<MonotonicTime> remake_at_;  // the producer is broken; nothing is sent until then
  std::deque<HeldPtr> waiting_;
  std::size_t alone_ = 0;  // held messages that nothing may be sent beside
  bool abandoned_ = false;
};

}  // namespace tidegate
