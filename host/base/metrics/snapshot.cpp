// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/snapshot.hpp"

#include <algorithm>

#include "host/base/metrics/add_each.hpp"

namespace tidegate::metrics {
namespace {

// Empty only where neither is known.
template <class T, class Join>
std::optional<T> join_known(const std::optional<T>& a, const std::optional<T>& b, Join join) {
  if (a && b) return join(*a, *b);
  return a ? a : b;
}

void add_topic(TopicSnapshot& totals, const TopicSnapshot& part) {
  totals.retry_topic = totals.retry_topic || part.retry_topic;
  totals.consumed += part.consumed;
  totals.consumed_bytes += part.consumed_bytes;
  add_each(totals.finished, part.finished);
  add_each(totals.given_back, part.given_back);
  totals.in_flight += part.in_flight;
  add_each(totals.dead_letters, part.dead_letters);
  totals.retries_exhausted += part.retries_exhausted;
  totals.assigned_partitions += part.assigned_partitions;
  totals.lag_messages = join_known(totals.lag_messages, part.lag_messages, std::plus<>());
  totals.lag_seconds = join_known(totals.lag_seconds, part.lag_seconds,
                                  [](double a, double b) { return std::max(a, b); });
  totals.partitions.insert(totals.partitions.end(), part.partitions.begin(), part.partitions.end());
}

}  // namespace

void add(ConsumerSnapshot& totals, const ConsumerSnapshot& part) {
  for (const auto& topic : part.topics) {
    const auto same = std::find_if(totals.topics.begin(), totals.topics.end(),
                                   [&](const auto& t) { return t.topic == topic.topic; });
    if (same == totals.topics.end()) totals.topics.push_back(topic);
    else add_topic(*same, topic);
  }
  totals.in_flight += part.in_flight;
  totals.queued += part.queued;
  totals.blocked += part.blocked;
  totals.waiting += part.waiting;
  totals.bytes += part.bytes;
  for (const auto& [what, count] : part.retries) totals.retries[what] += count;
  totals.emitted += part.emitted;
  for (std::size_t i = 0; i < part.transactions.size(); ++i)
    totals.transactions[i] += part.transactions[i];
  totals.dead_letter_failures += part.dead_letter_failures;
  totals.uncommitted += part.uncommitted;
  totals.resume_map_messages += part.resume_map_messages;
  totals.possible_repeats += part.possible_repeats;
  totals.resume_skipped += part.resume_skipped;
  totals.metadata_ignored += part.metadata_ignored;
  add_each(totals.paused_partitions, part.paused_partitions);
  totals.rebalances_assigned += part.rebalances_assigned;
  totals.rebalances_revoked += part.rebalances_revoked;
  totals.rebalances_lost += part.rebalances_lost;
  totals.commits_ok += part.commits_ok;
  totals.commits_error += part.commits_error;
  totals.commit_duration.add(part.commit_duration);
  totals.failure_duration.add(part.failure_duration);
  totals.brokers_connected = std::max(totals.brokers_connected, part.brokers_connected);
  totals.last_advance_ns = std::max(totals.last_advance_ns, part.last_advance_ns);
  if (totals.first_message_ns == 0 ||
      (part.first_message_ns != 0 && part.first_message_ns < totals.first_message_ns)) {
    totals.first_message_ns = part.first_message_ns;
  }
  totals.last_commit_unix_seconds =
      std::max(totals.last_commit_unix_seconds, part.last_commit_unix_seconds);
  for (const auto& [error, count] : part.kafka_errors) totals.kafka_errors[error] += count;
  totals.offsets_lost += part.offsets_lost;
  // True of the whole only where true of every part; the first one decides alone.
  const bool first = totals.parts == 0;
  totals.has_assignment = part.has_assignment && (first || totals.has_assignment);
  totals.caught_up = part.caught_up && (first || totals.caught_up);
  totals.parts += std::max<std::uint32_t>(part.parts, 1);
}

}  // namespace tidegate::metrics
