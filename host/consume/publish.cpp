// SPDX-License-Identifier: Apache-2.0
#include "host/consume/publish.hpp"

#include <algorithm>
#include <map>

#include "host/consume/lag_probe.hpp"
#include "host/consume/pause_reason.hpp"

namespace tidegate {
namespace {

double age_seconds(std::int64_t timestamp_ms, WallTime now) {
  const std::int64_t age_ms = now.time_since_epoch().count() - timestamp_ms;
  return static_cast<double>(std::max<std::int64_t>(age_ms, 0)) /
         1000.0;  // a clock ahead of ours is age 0
}

// Age of the oldest unfinished message held, else of the last one read while behind (DESIGN §9).
double lag_seconds(const PartitionEpoch& epoch, std::int64_t lag, WallTime now) {
  const auto oldest = epoch.tracker.oldest_timestamp_ms();
  // Of a retry topic: by how much it is overdue. What is not read yet is not due yet.
  if (epoch.delay) return oldest ? age_seconds(*oldest + epoch.delay->count(), now) : 0.0;
  if (oldest) return age_seconds(*oldest, now);
  return lag > 0 && epoch.last_timestamp_ms >= 0 ? age_seconds(epoch.last_timestamp_ms, now) : 0.0;
}

void add_partition(metrics::TopicSnapshot& topic, const PartitionEpoch& epoch, WallTime now,
                   std::optional<metrics::PauseReason> not_read) {
  ++topic.assigned_partitions;
  topic.retry_topic = epoch.delay.has_value();
  const std::int64_t lag = LagProbe::lag_messages(epoch);
  auto& partition = topic.partitions.emplace_back();
  partition.partition = epoch.partition.value;
  partition.committed = epoch.committed.value;
  partition.end = epoch.end.value;
  partition.not_read = not_read;
  partition.reads_at = epoch.tracker.next().value;
  if (lag < 0) return;
  partition.lag_messages = lag;
  topic.lag_messages = topic.lag_messages.value_or(0) + lag;
  topic.lag_seconds = std::max(topic.lag_seconds.value_or(0), lag_seconds(epoch, lag, now));
}

}  // namespace

metrics::ConsumerSnapshot picture_of(const ConsumerState& state, bool caught_up) {
  metrics::ConsumerSnapshot picture;
  std::map<std::string_view, std::size_t> index;
  for (const auto& [name, account] : state.books.accounts()) {
    index[name] = picture.topics.size();
    metrics::TopicSnapshot& topic = picture.topics.emplace_back();
    topic.topic = name;
    topic.consumed = account.consumed;
    topic.consumed_bytes = account.consumed_bytes;
    topic.finished = account.finished;
    topic.given_back = account.given_back;
    topic.in_flight = account.in_flight;
    topic.dead_letters = account.dead_letters;
    topic.retries_exhausted = account.retries_exhausted;
  }
  const WallTime now = state.clock.wall();
  state.partitions.for_each([&](const PartitionEpoch& epoch) {
    const auto reason = pause_reason(state, epoch);
    add_partition(picture.topics[index.at(epoch.topic)], epoch, now, reason);
    picture.queued += epoch.ready();
    picture.blocked += epoch.queued() - epoch.ready() - epoch.parked();
    picture.uncommitted += epoch.tracker.finished_ahead();
    picture.resume_map_messages += epoch.committed_map.messages;
    picture.possible_repeats += epoch.committed_map.possible_repeats;
    picture.waiting += epoch.held.size() + epoch.parked();
    if (reason) ++picture.paused_partitions[static_cast<std::size_t>(*reason)];
  });
  const ConsumerCounts& counts = state.counts;
  picture.in_flight = state.books.in_flight();
  picture.bytes = state.memory.bytes();
  picture.retries = counts.retries;
  picture.emitted = counts.emitted;
  picture.transactions = counts.transactions;
  picture.dead_letter_failures = counts.dead_letter_failures;
  picture.rebalances_assigned = counts.rebalances_assigned;
  picture.rebalances_revoked = counts.rebalances_revoked;
  picture.rebalances_lost = counts.rebalances_lost;
  picture.commits_ok = counts.commits_ok;
  picture.commits_error = counts.commits_error;
  picture.commit_duration = counts.commit_duration.read();
  picture.failure_duration = counts.failure_duration.read();
  picture.last_commit_unix_seconds =
      std::chrono::duration<double>(counts.last_commit.time_since_epoch()).count();
  picture.kafka_errors = counts.kafka_errors;
  picture.offsets_lost = counts.offsets_lost;
  picture.resume_skipped = counts.resume_skipped;
  picture.metadata_ignored = counts.metadata_ignored;
  picture.brokers_connected = counts.brokers_connected;
  picture.first_message_ns = counts.first_message.time_since_epoch().count();
  picture.last_advance_ns = counts.last_advance.time_since_epoch().count();
  // What has failed is on its way out.
  picture.has_assignment = state.assigned_once && state.failure.empty();
  picture.caught_up = caught_up;
  return picture;
}

}  // namespace tidegate
