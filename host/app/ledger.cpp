// SPDX-License-Identifier: Apache-2.0
#include "host/app/ledger.hpp"

#include <numeric>

namespace tidegate {

std::uint64_t Ledger::accounted() const {
  return ok + retried + dead_lettered + dropped + lost + given_back + in_flight;
}

std::int64_t Ledger::difference() const {
  return static_cast<std::int64_t>(consumed) - static_cast<std::int64_t>(accounted());
}

Ledger ledger_of(const metrics::PipelineSnapshot& snapshot) {
  Ledger ledger;
  ledger.pipeline = snapshot.name;
  ledger.state = snapshot.state;
  ledger.failure = snapshot.failure;
  // The topics' own counts throughout: they are the ones that invariant 5 binds together.
  for (const metrics::TopicSnapshot& topic : snapshot.totals.topics) {
    const auto ended = [&topic](Outcome o) {
      return topic.finished.at(static_cast<std::size_t>(o));
    };
    ledger.consumed += topic.consumed;
    ledger.ok += ended(Outcome::ok);
    ledger.retried += ended(Outcome::retry);
    ledger.dead_lettered += ended(Outcome::dead_letter);
    ledger.dropped += ended(Outcome::drop);
    ledger.lost += ended(Outcome::lost);
    ledger.given_back +=
        std::accumulate(topic.given_back.begin(), topic.given_back.end(), std::uint64_t{0});
    ledger.in_flight += topic.in_flight;
  }
  return ledger;
}

}  // namespace tidegate
