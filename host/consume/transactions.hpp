// SPDX-License-Identifier: Apache-2.0
//
// Exactly once: what handlers emitted and the copies of failed messages become visible together
// with the positions of the messages they belong to (DESIGN §4). A transaction takes of each
// partition only its prefix: the messages from the committed position up to the lowest one that is
// unfinished or whose copy is refused. All books are written when it is committed. The
// transactional calls are made by a thread of their own (transactor.hpp). Thread rule: [poll] of
// the owning consumer.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/consume/held_way.hpp"
#include "host/consume/transactor.hpp"

namespace tidegate {

class Transactions final : public HeldWay {
 public:
  // properties: of the producer. bound: messages in flight of this consumer. wakeup: of the poll
  // thread.
  Transactions(ConsumerState& state, const CopySender& sender, kafka::Properties properties,
               std::uint64_t bound, Wakeup& wakeup);
  ~Transactions() override;
  Transactions(const Transactions&) = delete;
  Transactions& operator=(const Transactions&) = delete;

  // What is held waits for its transaction anyway.
  [[nodiscard]] bool ready() const override { return true; }
  void add_copy(PartitionEpochPtr epoch, Failed failed, const Route& route,
                std::string reason) override;
  void add_emission(PartitionEpochPtr epoch, Item item, Outputs outputs) override;
  void tick(MonotonicTime now) override;
  [[nodiscard]] std::optional<MonotonicTime> next_due() const override;
  [[nodiscard]] bool drains(const PartitionEpoch& epoch) const override;
  void give_back_waiting(PartitionEpoch& epoch) override;
  void abandon() override;

 private:
  // What one partition has that no committed transaction holds.
  struct Part {
    PartitionEpochPtr epoch;
    std::map<std::int64_t, HeldPtr> held;  // by offset
  };
  // One partition's share of the transaction under way.
  struct Cut {
    PartitionEpochPtr epoch;
    Position to{-1};
    std::uint64_t messages = 0;
  };

  void hold(HeldPtr held);
  // The end of the prefix, as far as it may be written now.
  [[nodiscard]] Position prefix(const PartitionEpoch& epoch) const;
  [[nodiscard]] bool due(MonotonicTime now);
  void cut(MonotonicTime now);
  [[nodiscard]] Cut cut_partition(const PartitionEpochPtr& epoch, std::uint64_t& messages_left,
                                  std::uint64_t& bytes_left, std::vector<Held*>& held) const;
  void ended(const Transaction& transaction, MonotonicTime now);
  void replace_overdue(MonotonicTime now);
  void settle_indefinite(MonotonicTime now);
  void committed(const Cut& cut, MonotonicTime now);
  void settle_refused(const Transaction& transaction);
  void try_again(MonotonicTime now);
  void forget_ended();
  [[nodiscard]] Part* part_of(const PartitionEpoch& epoch) const;

  ConsumerState& state_;
  const std::uint64_t bound_;
  HeldBooks books_;
  const std::function<std::unique_ptr<Transactor>()> make_transactor_;
  std::unique_ptr<Transactor> transactor_;
  std::vector<Cut> cuts_;    // of the transaction under way, or of one whose end is not known
  bool indefinite_ = false;  // the latter
  bool fenced_ = false;
  bool says_topic_ = true;  // with positions; no more once brokers refused one for its size
  std::size_t one_by_one_ =
      0;  // held messages among which one is looked for whose topic is refused
  mutable std::map<const PartitionEpoch*, Part> parts_;
  MonotonicTime ready_since_{};  // when there was first something to commit; zero: nothing
  MonotonicTime not_before_{};   // of the next transaction
  log::RateLimit failures_;
};

}  // namespace tidegate
