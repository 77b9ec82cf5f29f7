// SPDX-License-Identifier: Apache-2.0
//
// What a transaction's end means for the messages in it.
#include <algorithm>
#include <utility>

#include "host/base/kafka/offsets.hpp"
#include "host/base/log.hpp"
#include "host/consume/resume_maps.hpp"
#include "host/consume/transactions.hpp"

namespace tidegate {
namespace {

constexpr Duration kAfterFailedEnd = std::chrono::milliseconds(100);
constexpr std::chrono::milliseconds kForPositions{5000};

}  // namespace

void Transactions::ended(const Transaction& transaction, MonotonicTime now) {
  using End = Transaction::End;
  using Result = metrics::TransactionResult;
  const auto count = [&](Result result) {
    ++state_.counts.transactions[static_cast<std::size_t>(result)];
  };
  switch (transaction.end) {
    case End::committed:
      count(Result::committed);
      if (one_by_one_ > 0) one_by_one_ -= std::min(one_by_one_, transaction.held.size());
      ++state_.counts.commits_ok;
      state_.counts.last_commit = state_.clock.wall();
      for (const Cut& one : cuts_) committed(one, now);
      cuts_.clear();
      return;
    case End::aborted: count(Result::aborted); break;
    case End::indefinite:
      count(Result::indefinite);
      indefinite_ = true;
      break;
    case End::fenced:
      fenced_ = true;
      count(Result::aborted);
      state_.failure =
          "another live host uses the same instance: its transactions ended ours; give each host "
          "its own host.instance (" +
          transaction.error + ")";
      break;
  }
  not_before_ = now + kAfterFailedEnd;
  if (ResumeMaps::is_of_size(transaction.code)) says_topic_ = false;
  settle_refused(transaction);
  if (!indefinite_) cuts_.clear();
  if (const auto suppressed = failures_.admit()) {
    log::warn("transaction_failed",
              "a transaction was not committed; what it held is written again",
              {{"pipeline", state_.pipeline.name},
               {"end", indefinite_ ? "indefinite" : "aborted"},
               {"error", transaction.error},
               {"suppressed", *suppressed}});
  }
}

void Transactions::replace_overdue(MonotonicTime now) {
  const auto transaction = Transactor::abandon(transactor_);
  if (transaction == nullptr) return;
  transactor_ = make_transactor_();
  ended(*transaction, now);
}

// The producer was made anew, which ended the transaction one way or the other.
void Transactions::settle_indefinite(MonotonicTime now) {
  if (now < not_before_) return;
  std::vector<PartitionEpochPtr> epochs;
  for (const Cut& one : cuts_) {
    if (one.epoch->owned()) epochs.push_back(one.epoch);
  }
  if (!epochs.empty()) {
    const auto positions =
        kafka::committed_offsets(state_.client.get(), to_list(epochs).get(), kForPositions);
    if (!positions.ok()) {
      not_before_ = now + std::chrono::seconds(1);
      return;
    }
    for (const Cut& one : cuts_) {
      const auto at = positions.value.find({one.epoch->topic, one.epoch->partition.value});
      if (at != positions.value.end() && at->second >= one.to.value) committed(one, now);
    }
  }
  cuts_.clear();
  indefinite_ = false;
}

void Transactions::committed(const Cut& cut, MonotonicTime now) {
  PartitionEpoch& epoch = *cut.epoch;
  if (!epoch.owned())
    return;  // it was given back when its epoch ended, and is committed all the same
  std::uint64_t simply_ok = cut.messages;
  if (Part* const part = part_of(epoch)) {
    const auto end = part->held.lower_bound(cut.to.value);
    for (auto at = part->held.begin(); at != end; at = part->held.erase(at)) {
      books_.written(*at->second);
      --simply_ok;
    }
  }
  epoch.account.finish(Outcome::ok, simply_ok);
  epoch.in_flight -= simply_ok;
  epoch.read_out.forget_below(cut.to);
  epoch.committed = cut.to;
  state_.counts.last_advance = now;
}

// What was refused says so itself, but for a topic that the transaction could not take in: then it
// is looked for one message at a time.
void Transactions::settle_refused(const Transaction& transaction) {
  const bool none_told =
      std::none_of(transaction.held.begin(), transaction.held.end(),
                   [](auto* h) { return h->refused != RD_KAFKA_RESP_ERR_NO_ERROR; });
  if (none_told && is_refusal(transaction.code) && !transaction.held.empty()) {
    if (transaction.held.size() == 1) transaction.held.front()->refused = transaction.code;
    else one_by_one_ = transaction.held.size();
  }
  for (auto& [epoch, part] : parts_) {
    for (auto& [offset, held] : part.held) {
      if (to_be_sent_alone(*held)) continue;
      if (held->refused != RD_KAFKA_RESP_ERR_NO_ERROR && part.epoch->owned())
        books_.refused(*held, held->refused);
    }
  }
}

}  // namespace tidegate
