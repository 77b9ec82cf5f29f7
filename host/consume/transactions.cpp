// SPDX-License-Identifier: Apache-2.0
#include "host/consume/transactions.hpp"

#include <algorithm>
#include <utility>

#include "host/consume/resume_maps.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kMostAlone = 100;

std::uint64_t bytes_of(const Held& held) {
  return held.item.message.key().size() + held.item.message.value().size() + held.outputs.bytes();
}

}  // namespace

Transactions::Transactions(ConsumerState& state, const CopySender& sender,
                           kafka::Properties properties, std::uint64_t bound, Wakeup& wakeup)
    : state_(state),
      bound_(bound),
      books_(state, sender),
      make_transactor_([properties = std::move(properties), sender, &state, &wakeup] {
        return std::make_unique<Transactor>(properties, sender, state.clock, wakeup);
      }),
      transactor_(make_transactor_()) {}

Transactions::~Transactions() { abandon(); }

Transactions::Part* Transactions::part_of(const PartitionEpoch& epoch) const {
  const auto at = parts_.find(&epoch);
  return at == parts_.end() ? nullptr : &at->second;
}

void Transactions::add_copy(PartitionEpochPtr epoch, Failed failed, const Route& route,
                            std::string reason) {
  hold(books_.copy(std::move(epoch), std::move(failed), route, std::move(reason)));
}

void Transactions::add_emission(PartitionEpochPtr epoch, Item item, Outputs outputs) {
  hold(books_.emission(std::move(epoch), std::move(item), std::move(outputs)));
}

// Its handling is over, so its offset is no gap of the prefix any more; it stays in flight.
void Transactions::hold(HeldPtr held) {
  const Offset offset = held->item.offset;
  held->epoch->tracker.finish(offset, offset);
  Part& part = parts_[held->epoch.get()];
  part.epoch = held->epoch;
  part.held[offset.value] = std::move(held);
}

Position Transactions::prefix(const PartitionEpoch& epoch) const {
  Position end = epoch.tracker.position();
  const Part* const part = part_of(epoch);
  if (part == nullptr || epoch.blocked == 0) return end;
  for (const auto& [offset, held] : part->held) {
    if (held->blocks) return std::min(end, Position{offset});
  }
  return end;
}

bool Transactions::due(MonotonicTime now) {
  if (transactor_->busy() || indefinite_ || now < not_before_) return false;
  bool any = false;
  bool hurry = false;
  std::uint64_t messages = 0;
  state_.partitions.for_each([&](const PartitionEpoch& epoch) {
    if (epoch.ownership.resolving() || prefix(epoch) <= epoch.committed) return;
    any = true;
    hurry |= epoch.ownership.draining();
    messages += epoch.read_out.count_below(prefix(epoch));
  });
  if (!any) {
    ready_since_ = {};
    return false;
  }
  if (ready_since_ == MonotonicTime{}) ready_since_ = now;
  const config::Transaction& bounds = state_.pipeline.transaction;
  // What is finished and not committed takes up the room of what could be read.
  return hurry || messages >= std::min<std::uint64_t>(bounds.max_messages, bound_ / 4) ||
         state_.memory.bytes() >= state_.pipeline.max_in_flight_bytes / 4 ||
         now >= ready_since_ + bounds.max_time;
}

void Transactions::cut(MonotonicTime now) {
  auto transaction = std::make_unique<Transaction>();
  std::uint64_t messages_left = state_.pipeline.transaction.max_messages;
  std::uint64_t bytes_left = state_.pipeline.transaction.max_bytes;
  cuts_.clear();
  for (const auto& epoch : state_.partitions.all()) {
    if (epoch->ownership.resolving() || prefix(*epoch) <= epoch->committed) continue;
    Cut one = cut_partition(epoch, messages_left, bytes_left, transaction->held);
    if (one.to > epoch->committed) cuts_.push_back(std::move(one));
  }
  if (cuts_.empty()) return;
  transaction->positions = kafka::make_list(static_cast<int>(cuts_.size()));
  for (const Cut& one : cuts_) {
    auto& position = *rd_kafka_topic_partition_list_add(
        transaction->positions.get(), one.epoch->topic.c_str(), one.epoch->partition.value);
    position.offset = one.to.value;
    if (says_topic_) add_topic_id(state_, *one.epoch, position);
  }
  // Read now, while all of them are ours: the coordinator refuses positions of a group that moved.
  transaction->group.reset(rd_kafka_consumer_group_metadata(state_.client.get()));
  // Out of the group for the moment: positions without a generation would be taken unchecked.
  if (rd_kafka_consumer_group_metadata_generation_id(transaction->group.get()) < 0) {
    cuts_.clear();
    not_before_ = now + std::chrono::milliseconds(100);
    return;
  }
  ready_since_ = {};
  not_before_ = now;
  transactor_->start(std::move(transaction));
}

Transactions::Cut Transactions::cut_partition(const PartitionEpochPtr& epoch,
                                              std::uint64_t& messages_left,
                                              std::uint64_t& bytes_left,
                                              std::vector<Held*>& held) const {
  Cut one{epoch, epoch->read_out.end_of(messages_left, prefix(*epoch)), 0};
  std::size_t alone_left = kMostAlone;
  if (Part* const part = part_of(*epoch)) {
    for (const auto& [offset, message] : part->held) {
      if (offset >= one.to.value) break;
      const std::uint64_t size = bytes_of(*message);
      // One message is taken whatever its size: it must come through. What is sent alone takes a
      // round trip, and a transaction must not last.
      const bool full =
          size > bytes_left || one_by_one_ > 0 || (message->alone && --alone_left == 0);
      if (!held.empty() && full) {
        one.to = Position{offset};
        break;
      }
      bytes_left -= std::min(bytes_left, size);
      held.push_back(message.get());
    }
  }
  one.messages = epoch->read_out.count_below(one.to);
  messages_left -= std::min(messages_left, one.messages);
  return one;
}

void Transactions::tick(MonotonicTime now) {
  if (transactor_ == nullptr) return;
  if (std::string reason = transactor_->refused(); !reason.empty() && state_.failure.empty())
    state_.failure = "the brokers refuse transactions: " + reason;
  if (const auto transaction = transactor_->take_done()) ended(*transaction, now);
  if (transactor_->overdue(now)) replace_overdue(now);
  if (indefinite_) settle_indefinite(now);
  if (transactor_->busy()) {
    const bool lost =
        std::any_of(cuts_.begin(), cuts_.end(), [](const Cut& one) { return !one.epoch->owned(); });
    if (lost) transactor_->cancel();
    return;
  }
  forget_ended();
  try_again(now);
  if (due(now)) cut(now);
}

void Transactions::try_again(MonotonicTime now) {
  for (auto& [epoch, part] : parts_) {
    if (epoch->blocked == 0) continue;
    for (auto& [offset, held] : part.held) {
      if (held->blocks && held->next_try <= now) books_.retry(*held);
    }
  }
}

// What belongs to epochs that have ended was given back. REQUIRES: no transaction is under way.
void Transactions::forget_ended() {
  for (auto part = parts_.begin(); part != parts_.end();) {
    const bool owned = part->second.epoch->owned();
    if (owned && !part->second.held.empty()) {
      ++part;
      continue;
    }
    for (auto& [offset, held] : part->second.held) books_.drop(*held);
    part = parts_.erase(part);
  }
}

std::optional<MonotonicTime> Transactions::next_due() const {
  if (transactor_ == nullptr || transactor_->busy()) return std::nullopt;
  if (indefinite_) return not_before_;
  if (ready_since_ == MonotonicTime{}) return std::nullopt;
  return std::max(ready_since_ + Duration(state_.pipeline.transaction.max_time), not_before_);
}

bool Transactions::drains(const PartitionEpoch& epoch) const {
  if (fenced_) return false;
  const bool in_one = std::any_of(cuts_.begin(), cuts_.end(),
                                  [&](const Cut& one) { return one.epoch.get() == &epoch; });
  if (in_one || prefix(epoch) > epoch.committed) return true;
  // Handler calls that run: what is neither unfinished and given back nor finished and waiting.
  return epoch.in_flight > epoch.read_out.count() - epoch.tracker.unfinished();
}

void Transactions::give_back_waiting(PartitionEpoch&) {}

void Transactions::abandon() {
  if (transactor_ != nullptr && !transactor_->end_soon()) (void)Transactor::abandon(transactor_);
  transactor_.reset();
  for (auto& [epoch, part] : parts_) {
    for (auto& [offset, held] : part.held) books_.drop(*held);
  }
  parts_.clear();
}

}  // namespace tidegate
