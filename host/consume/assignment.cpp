// SPDX-License-Identifier: Apache-2.0
#include "host/consume/assignment.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "host/base/config/drain.hpp"
#include "host/base/kafka/partition_text.hpp"
#include "host/base/log.hpp"
#include "host/base/sabotage.hpp"
#include "host/consume/client_assignment.hpp"
#include "host/consume/epoch_life.hpp"
#include "host/consume/release.hpp"

namespace tidegate {
namespace {

constexpr std::chrono::milliseconds kStartsPatience{5000};

}  // namespace

Assignment::Assignment(ConsumerState& state, Committer& committer, StartPositions& starts,
                       Hooks hooks)
    : state_(state), committer_(committer), starts_(starts), hooks_(std::move(hooks)) {}

void Assignment::rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions) {
  in_callback_ = true;
  state_.partitions.for_each(pause_interrupts_pass);  // the client pauses while it rebalances
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    ++state_.counts.rebalances_assigned;
    if (leaving_) tell(error, partitions);
    else if (stopping_) declined(partitions);
    else assigned(partitions);
  } else {
    revoked(partitions);
    tell(RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS, partitions);
  }
  in_callback_ = false;
  hooks_.publish();
}

// A client that is closed while a rebalance waits for its callback does not wait for the answer: it
// leaves the group and ends, and calls back all the same. What it is then asked may be thrown away
// just as it ends, and who asked waits for ever (README). With the eager protocol that is the
// rebalance that waits now: it is served here and not answered. With the others closing adds a
// revocation of its own behind it, and the first answer is for both. An answer to a rebalance
// before the close is no cure: the member would join again, and could leave only after that.
void Assignment::leave() {
  leaving_ = true;
  rd_kafka_t* client = state_.client.get();
  const bool closes = rd_kafka_fatal_error(client, nullptr, 0) == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (closes && !is_cooperative(client)) hooks_.serve_client();
  answers_left_ = 1;
}

void Assignment::tell(rd_kafka_resp_err_t error,
                      const rd_kafka_topic_partition_list_t* partitions) {
  // For what is lost the client waits, whenever it is closed.
  const bool lost = rd_kafka_assignment_lost(state_.client.get()) != 0;
  if (leaving_ && !lost && answers_left_-- <= 0) return;
  tell_client(state_, error, partitions);
}

void Assignment::assigned(rd_kafka_topic_partition_list_t* partitions) {
  log::info("partitions_assigned", "the group assigned partitions to this consumer",
            {{"pipeline", state_.pipeline.name},
             {"consumer", state_.index},
             {"partitions", partitions->cnt},
             {"list", kafka::to_text(partitions)}});
  const auto starts = starts_.resolve(partitions, kStartsPatience);
  std::vector<PartitionEpochPtr> unresolved;
  for (auto& partition : std::span(partitions->elems, static_cast<std::size_t>(partitions->cnt))) {
    const auto start = starts.find({partition.topic, partition.partition});
    const bool known = start != starts.end();
    auto epoch = begin_epoch(state_, partition.topic, Partition{partition.partition},
                             known ? start->second.position : Position{0},
                             known ? start->second.earlier : FinishedRanges{});
    if (known) epoch->crashes = start->second.crashes;
    if (known) (void)epoch->ownership.begin();  // it is new: never too late
    else unresolved.push_back(epoch);
    partition.offset = known ? epoch->tracker.next().value : kNotToBeRead;
  }
  if (!unresolved.empty()) pause_unread(*to_list(unresolved));
  tell_client(state_, RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, partitions);
  state_.assigned_once = true;
}

// What is granted while the last commit is tried again. Handled, it would have to be drained when
// the client is closed, and its copies would not be waited for: they have been let go of by then.
// The client gets its answer and reads nothing.
void Assignment::declined(rd_kafka_topic_partition_list_t* partitions) {
  log::info("partitions_declined",
            "the group assigned partitions while this consumer stops; they are left to the others",
            {{"pipeline", state_.pipeline.name},
             {"consumer", state_.index},
             {"partitions", partitions->cnt},
             {"list", kafka::to_text(partitions)}});
  std::vector<kafka::Queue> known;  // a partition that the client does not know cannot be paused
  for (auto& partition : std::span(partitions->elems, static_cast<std::size_t>(partitions->cnt))) {
    partition.offset = kNotToBeRead;
    known.emplace_back(
        rd_kafka_queue_get_partition(state_.client.get(), partition.topic, partition.partition));
  }
  pause_unread(*partitions);
  tell_client(state_, RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, partitions);
}

// Before they are assigned, so that nothing of them is ever fetched. A broker says "out of range"
// of where they begin, and a client that is destroyed while that is on its way may wait for ever:
// its broker thread locks a partition twice (librdkafka 2.14.2: rd_kafka_offset_reset_op_cb on a
// queue that is closed).
void Assignment::pause_unread(rd_kafka_topic_partition_list_t& partitions) {
  // What came of one that could not be paused would be discarded.
  (void)rd_kafka_pause_partitions(state_.client.get(), &partitions);
}

void Assignment::revoked(const rd_kafka_topic_partition_list_t* partitions) {
  const std::vector<PartitionEpochPtr> epochs = find(partitions);
  lift_pauses(state_, epochs);
  if (rd_kafka_assignment_lost(state_.client.get()) != 0) {
    ++state_.counts.rebalances_lost;
    for (const auto& epoch : epochs) lose_epoch(state_, *epoch);
    log::warn("partitions_lost",
              "the group took partitions away without waiting; what was in flight comes again",
              {{"pipeline", state_.pipeline.name},
               {"consumer", state_.index},
               {"partitions", partitions->cnt},
               {"list", kafka::to_text(partitions)}});
    return;
  }
  ++state_.counts.rebalances_revoked;
  give_up(epochs, state_.clock.now() + state_.pipeline.drain_timeout);
  log::info("partitions_revoked", "partitions were drained and given up",
            {{"pipeline", state_.pipeline.name},
             {"consumer", state_.index},
             {"partitions", partitions->cnt},
             {"list", kafka::to_text(partitions)}});
}

void Assignment::give_up(const std::vector<PartitionEpochPtr>& epochs, MonotonicTime deadline) {
  // Stop ...
  for (const auto& epoch : epochs) {
    stop_starting(state_, *epoch);
    hooks_.give_back_copies(*epoch);
  }
  if (in_callback_ && sabotaged(Sabotage::commit_after_revoke)) return;
  // ... drain ...
  const auto running = [&] {
    return std::any_of(epochs.begin(), epochs.end(), [&](const auto& epoch) {
      // What waits for a commit that was never asked for is not waited for (at_most_once).
      const bool in_doubt = committer_.in_flight() && !epoch->awaiting_commit.empty() &&
                            epoch->requested > epoch->committed;
      return in_doubt || hooks_.drains(*epoch);
    });
  };
  const auto until = [&] { return std::min(deadline, hooks_.stop_deadline()); };
  while (running() && state_.clock.now() < until()) {
    hooks_.settle_until(until());
    for (const auto& epoch : epochs) {
      stop_starting(state_, *epoch);  // what its commit's answer has let through meanwhile
      hooks_.give_back_copies(*epoch);
    }
  }
  // ... commit ...
  commit_last(epochs, until());
  // ... give up.
  for (const auto& epoch : epochs) {
    if (epoch->in_flight > 0) {
      log::warn("drain_timeout",
                "handler calls outlasted drain_timeout; their messages are left to the next owner",
                {{"pipeline", state_.pipeline.name},
                 {"consumer", state_.index},
                 {"topic", epoch->topic},
                 {"partition", epoch->partition.value},
                 {"offset", epoch->tracker.position().value},
                 {"messages", epoch->in_flight}});
    }
    give_up_epoch(state_, *epoch);
  }
}

// A last commit that fails repeats what was handled, so it is tried again where that may help.
// Within a rebalance callback the group waits for us: a few times; at a stop, until the deadline.
void Assignment::commit_last(const std::vector<PartitionEpochPtr>& epochs, MonotonicTime deadline) {
  constexpr Duration kBetweenTries = std::chrono::milliseconds(100);
  constexpr int kTriesInCallback = 3;
  const MonotonicTime until =
      std::max(deadline, state_.clock.now() + Duration(config::kForTheLastCommit));
  Committer::Ended ended = committer_.commit_now(epochs, until);
  for (int tries = 1; ended == Committer::Ended::passing; ++tries) {
    if (state_.clock.now() >= until || (in_callback_ && tries >= kTriesInCallback)) break;
    const MonotonicTime next = state_.clock.now() + kBetweenTries;
    while (state_.clock.now() < next) {
      if (!in_callback_) hooks_.serve_client();
      hooks_.settle_until(next);
    }
    ended = committer_.commit_now(epochs, until);
  }
  if (ended == Committer::Ended::committed) return;
  log::warn("last_commit_failed",
            "partitions are given up without a last commit; what was handled since the one before "
            "comes again",
            {{"pipeline", state_.pipeline.name},
             {"consumer", state_.index},
             {"partitions", epochs.size()}});
}

std::vector<PartitionEpochPtr> Assignment::find(
    const rd_kafka_topic_partition_list_t* partitions) const {
  std::vector<PartitionEpochPtr> epochs;
  for (const auto& partition :
       std::span(partitions->elems, static_cast<std::size_t>(partitions->cnt))) {
    if (auto epoch = state_.partitions.find(partition.topic, Partition{partition.partition})) {
      epochs.push_back(std::move(epoch));
    }
  }
  return epochs;
}

}  // namespace tidegate
