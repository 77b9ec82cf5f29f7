// SPDX-License-Identifier: Apache-2.0
//
// How what is held gets written: at once (Outbox), or in transactions with the positions
// (Transactions). Thread rule: [poll] of the owning consumer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/base/wakeup.hpp"
#include "host/consume/held.hpp"
#include "host/route/copy_headers.hpp"

namespace tidegate {

class HeldWay {
 public:
  virtual ~HeldWay() = default;

  // Whether a message that fails can be written at once. Until then no handler call begins: what
  // the first copies wait for would come on top of their delay.
  [[nodiscard]] virtual bool ready() const = 0;

  // Takes a message of this epoch, unfinished, that failed, and its way: a copy, or with
  // Transactions a drop, too.
  virtual void add_copy(PartitionEpochPtr epoch, Failed failed, const Route& route,
                        std::string reason) = 0;
  // Takes one that was answered ok, and what its handler emitted.
  virtual void add_emission(PartitionEpochPtr epoch, Item item, Outputs outputs) = 0;
  // Takes reports, and sends what waits for room or for its next try.
  virtual void tick(MonotonicTime now) = 0;
  // When tick() should be called at the latest; empty: when woken.
  [[nodiscard]] virtual std::optional<MonotonicTime> next_due() const = 0;
  // Whether waiting finishes any more messages of a partition that drains.
  [[nodiscard]] virtual bool drains(const PartitionEpoch& epoch) const = 0;
  // Gives back at once what waits for its next try: a drain does not wait for it.
  virtual void give_back_waiting(PartitionEpoch& epoch) = 0;
  // Lets go of everything: what is not acknowledged stays unfinished and comes again.
  virtual void abandon() = 0;
};

// The way that the pipeline's delivery asks for. bound: messages in flight of this consumer.
// wakeup: of the poll thread.
[[nodiscard]] std::unique_ptr<HeldWay> make_held_way(ConsumerState& state, CopySender sender,
                                                     std::uint64_t bound, Wakeup& wakeup);

}  // namespace tidegate
