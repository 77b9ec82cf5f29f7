// SPDX-License-Identifier: Apache-2.0
#include "host/consume/committer.hpp"

#include <algorithm>
#include <span>

#include "host/base/kafka/rights.hpp"
#include "host/base/log.hpp"

namespace tidegate {
namespace {

// A commit costs the coordinator a log append; more than ten a second per consumer buy nothing.
// Those at the end of what there is to read are counted apart: the last one of a backlog waits for
// no other.
constexpr Duration kShortest = std::chrono::milliseconds(100);
constexpr Duration kAfterFailure = std::chrono::seconds(1);

// Generation and rebalance errors pass: the client learns its new generation a moment later, and
// until the revocation the partitions are ours.
Committer::Ended judge(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return Committer::Ended::committed;
    case RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE:  // the next one says less
    case RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_STALE_MEMBER_EPOCH:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD: return Committer::Ended::passing;
    default: return Committer::Ended::refused;
  }
}

bool any_refused(const rd_kafka_topic_partition_list_t& list) {
  const std::span partitions(list.elems, static_cast<std::size_t>(list.cnt));
  return std::any_of(partitions.begin(), partitions.end(),
                     [](const auto& p) { return p.err != RD_KAFKA_RESP_ERR_NO_ERROR; });
}

}  // namespace

Ownership::Covers Committer::covers() const {
  return state_.at_most_once() ? Ownership::Covers::read : Ownership::Covers::finished;
}

Position Committer::target(const PartitionEpoch& epoch) const {
  return covers() == Ownership::Covers::read ? epoch.tracker.next() : epoch.tracker.position();
}

bool Committer::advanced(const PartitionEpoch& epoch) const {
  return target(epoch) > epoch.committed || maps_.changed(epoch);
}

std::vector<Committer::Sent> Committer::collect(
    const std::vector<PartitionEpochPtr>& epochs) const {
  std::vector<Sent> list;
  for (const auto& epoch : epochs) {
    if (epoch->ownership.commits(covers()) && advanced(*epoch))
      list.push_back({epoch, target(*epoch), {}});
  }
  return list;
}

std::uint64_t Committer::finished_since() const {
  std::uint64_t finished = 0;
  for (const auto& [topic, account] : state_.books.accounts()) {
    finished += account.consumed - account.in_flight;
  }
  return finished - finished_at_commit_;
}

MonotonicTime Committer::not_before(Load load) const {
  return last_[static_cast<std::size_t>(load)] + kShortest;
}

bool Committer::due(MonotonicTime now, Load load) const {
  if (in_flight() || dirty_since_ == MonotonicTime{} || now < refused_until_) return false;
  // Handling waits for this commit: no reason to linger.
  if (state_.at_most_once()) return true;
  if (now < not_before(load)) return false;
  return load == Load::idle || now >= dirty_since_ + state_.pipeline.commit.interval ||
         finished_since() >= state_.pipeline.commit.max_messages;
}

// at_most_once: what no handler call may start for must not be committed, or a stop would lose it.
bool Committer::withheld() const { return state_.at_most_once() && state_.dispatcher.held(); }

void Committer::tick(MonotonicTime now, Load load) {
  if (state_.exactly_once()) return;  // then transactions commit
  if (in_flight() || withheld()) return;
  if (dirty_since_ == MonotonicTime{}) {
    bool any = false;
    state_.partitions.for_each(
        [&](const PartitionEpoch& epoch) { any |= epoch.ownership.reads() && advanced(epoch); });
    if (!any) return;
    dirty_since_ = now;
  }
  if (!due(now, load)) return;
  std::vector<Sent> list = collect(state_.partitions.all());
  dirty_since_ = {};
  if (list.empty()) return;
  finished_at_commit_ += finished_since();
  last_[static_cast<std::size_t>(load)] = now;
  const rd_kafka_resp_err_t error = send(list, state_.events.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) settle(list, nullptr, error, now);
  else sent_ = std::move(list);
}

std::optional<MonotonicTime> Committer::next_due(Load load) const {
  if (in_flight() || withheld() || dirty_since_ == MonotonicTime{}) return std::nullopt;
  const Duration patience =
      load == Load::idle ? Duration::zero() : Duration(state_.pipeline.commit.interval);
  return std::max({dirty_since_ + patience, not_before(load), refused_until_});
}

void Committer::answered(rd_kafka_event_t* event) {
  const std::vector<Sent> sent = std::exchange(sent_, {});
  settle(sent, rd_kafka_event_topic_partition_list(event), rd_kafka_event_error(event),
         *std::max_element(last_.begin(), last_.end()));
}

rd_kafka_resp_err_t Committer::send(std::vector<Sent>& list, rd_kafka_queue_t* answers) {
  kafka::PartitionList offsets = kafka::make_list(static_cast<int>(list.size()));
  for (const Sent& sent : list) {
    const PartitionEpoch& epoch = *sent.epoch;
    rd_kafka_topic_partition_list_add(offsets.get(), epoch.topic.c_str(), epoch.partition.value)
        ->offset = sent.position.value;
    sent.epoch->requested = sent.position;
  }
  maps_.add_to(*offsets, list);
  return rd_kafka_commit_queue(state_.client.get(), offsets.get(), answers, nullptr, nullptr);
}

Committer::Ended Committer::commit_now(const std::vector<PartitionEpochPtr>& epochs,
                                       MonotonicTime until) {
  if (state_.exactly_once()) return Ended::committed;
  std::vector<Sent> list = collect(epochs);
  if (list.empty()) return Ended::committed;
  const MonotonicTime started = state_.clock.now();
  const kafka::Queue queue(rd_kafka_queue_new(state_.client.get()));
  rd_kafka_resp_err_t error = send(list, queue.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return judge(settle(list, nullptr, error, started));
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(until - started);
  const kafka::Event answer(rd_kafka_queue_poll(
      queue.get(), static_cast<int>(std::max<std::int64_t>(patience.count(), 1))));
  if (answer == nullptr) return judge(settle(list, nullptr, RD_KAFKA_RESP_ERR__TIMED_OUT, started));
  error = rd_kafka_event_error(answer.get());
  return judge(settle(list, rd_kafka_event_topic_partition_list(answer.get()), error, started));
}

rd_kafka_resp_err_t Committer::settle(const std::vector<Sent>& sent,
                                      const rd_kafka_topic_partition_list_t* answers,
                                      rd_kafka_resp_err_t error, MonotonicTime started) {
  const MonotonicTime now = state_.clock.now();
  state_.counts.commit_duration.observe(std::chrono::duration<double>(now - started).count());
  rd_kafka_resp_err_t worst = error;
  std::string worst_topic;
  // Where some partitions were refused, the error of the whole is the last one's: each is judged by
  // its own. Where the request failed, none has one.
  rd_kafka_resp_err_t too_large = RD_KAFKA_RESP_ERR_NO_ERROR;
  const bool each_answered = answers != nullptr && any_refused(*answers);
  for (const Sent& one : sent) {
    rd_kafka_resp_err_t own = error;
    if (answers != nullptr) {
      const auto* answer =
          rd_kafka_topic_partition_list_find(const_cast<rd_kafka_topic_partition_list_t*>(answers),
                                             one.epoch->topic.c_str(), one.epoch->partition.value);
      if (answer != nullptr && each_answered) own = answer->err;
    }
    if (own != RD_KAFKA_RESP_ERR_NO_ERROR) {
      worst = own;
      worst_topic = one.epoch->topic;
      if (ResumeMaps::is_of_size(own)) too_large = own;
      continue;
    }
    one.epoch->committed_map = one.map;
    if (one.position > one.epoch->committed) {
      one.epoch->committed = one.position;
      state_.counts.last_advance = now;
    }
  }
  if (too_large != RD_KAFKA_RESP_ERR_NO_ERROR) maps_.refused(too_large);
  if (worst == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++state_.counts.commits_ok;
    state_.counts.last_commit = state_.clock.wall();
    return worst;
  }
  ++state_.counts.commits_error;
  state_.counts.kafka_error(worst);
  refused_until_ = now + kAfterFailure;
  if (const auto suppressed = failures_.admit()) {
    log::warn("commit_failed", "positions were not committed; they are sent again",
              {{"pipeline", state_.pipeline.name},
               {"consumer", state_.index},
               {"group_id", state_.pipeline.group_id},
               {"error",
                kafka::describe(worst) + kafka::cure_of(state_.client.get(), worst, worst_topic)},
               {"suppressed", *suppressed}});
  }
  return worst;
}

}  // namespace tidegate
