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

namespace tidegate {

class Outbox final : public DeliveryReports {
 public:
  // wakeup: of the poll thread.
  Outbox(ConsumerState& state, CopySender sender, Wakeup& wakeup);
  ~Outbox() override;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // Takes a message of this epoch, unfinished, that failed, and its way.
  void add_copy(PartitionEpochPtr epoch, Item item, const Route& route, std::string reason);
  // Takes one that was answered ok, and what its handler emitted.
  void add_emission(PartitionEpochPtr epoch, Item item, std::vector<Output> outputs);
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
  void send(HeldPtr held);
  void settle(HeldPtr held);
  void wait(HeldPtr held, MonotonicTime until);
  void make_producer();

  ConsumerState& state_;
  HeldBooks books_;
  Wakeup& wakeup_;
  std::unique_ptr<Producer> producer_;  // null until something is written
  std::deque<HeldPtr> waiting_;
  bool abandoned_ = false;
};

}  // namespace tidegate
