// SPDX-License-Identifier: Apache-2.0
#include "host/consume/epoch_life.hpp"

#include <utility>

#include "host/consume/release.hpp"

namespace tidegate {
namespace {

void give_back(ConsumerState& state, PartitionEpoch& epoch, Item item) {
  state.memory.release(item);
  epoch.account.give_back(GivenBack::revoked, 1);
  --epoch.in_flight;
}

void lose(ConsumerState& state, PartitionEpoch& epoch, Item item) {
  state.memory.release(item);
  epoch.account.finish(Outcome::lost, 1);
  --epoch.in_flight;
}

// at_most_once: what waits for its commit. A request may have reached the broker although its
// answer never came; such a message is not handled here and may not come again, so it counts as
// lost.
void drop_awaiting(ConsumerState& state, PartitionEpoch& epoch) {
  while (!epoch.awaiting_commit.empty()) {
    Item item = std::move(epoch.awaiting_commit.front());
    epoch.awaiting_commit.pop_front();
    const bool in_doubt = position_after(item.offset) <= epoch.requested;
    if (in_doubt) lose(state, epoch, std::move(item));
    else give_back(state, epoch, std::move(item));
  }
}

void give_back_held(ConsumerState& state, PartitionEpoch& epoch) {
  while (!epoch.held.empty()) {
    Item item = std::move(epoch.held.front());
    epoch.held.pop_front();
    give_back(state, epoch, std::move(item));
  }
}

// What is left of an epoch that has just ended.
void clear_away(ConsumerState& state, PartitionEpoch& epoch) {
  const bool committed_first = state.at_most_once();
  state.dispatcher.close(epoch, [&](Item&& item) {
    if (committed_first) lose(state, epoch, std::move(item));
    else give_back(state, epoch, std::move(item));
  });
  drop_awaiting(state, epoch);
  give_back_held(state, epoch);
  forget_released(state, epoch);
  epoch.fetched.reset();
  // What is begun runs on; its result will be discarded.
  leave_unfinished(state, epoch, epoch.in_flight);
  state.partitions.erase(epoch);
}

}  // namespace

void open_queue(ConsumerState& state, PartitionEpoch& epoch) {
  epoch.fetched.reset(
      rd_kafka_queue_get_partition(state.client.get(), epoch.topic.c_str(), epoch.partition.value));
  epoch.wakes = false;
  rd_kafka_queue_forward(epoch.fetched.get(), nullptr);
}

PartitionEpochPtr begin_epoch(ConsumerState& state, const std::string& topic, Partition partition,
                              Position start, const FinishedRanges& earlier) {
  auto epoch = std::make_shared<PartitionEpoch>(state.pipeline.ordering, start,
                                                state.books.of(topic), earlier);
  epoch->topic = topic;
  if (const auto id = state.topic_ids.find(topic); id != state.topic_ids.end())
    epoch->topic_id = id->second;
  epoch->partition = partition;
  epoch->delay = delay_of(topic, state.pipeline.group_id);
  open_queue(state, *epoch);  // before it is assigned
  epoch->epoch = std::exchange(state.next_epoch, Epoch{state.next_epoch.value + 1});
  if (auto old = state.partitions.find(topic, partition)) lose_epoch(state, *old);
  state.partitions.put(epoch);
  return epoch;
}

std::uint64_t stop_starting(ConsumerState& state, PartitionEpoch& epoch) {
  epoch.ownership.drain();
  give_back_held(state, epoch);
  if (state.at_most_once()) {
    // What is committed may still start, and is lost where it may not.
    if (state.dispatcher.held())
      state.dispatcher.close(epoch, [&](Item&& item) { lose(state, epoch, std::move(item)); });
    return epoch.in_flight - epoch.awaiting_commit.size();
  }
  return state.dispatcher.close(epoch,
                                [&](Item&& item) { give_back(state, epoch, std::move(item)); });
}

void leave_unfinished(const ConsumerState& state, PartitionEpoch& epoch, std::uint64_t messages) {
  if (state.at_most_once()) epoch.account.finish(Outcome::lost, messages);
  else epoch.account.give_back(GivenBack::revoked, messages);
  epoch.in_flight -= messages;
}

void give_up_epoch(ConsumerState& state, PartitionEpoch& epoch) {
  if (!epoch.owned()) return;
  epoch.ownership.give_up();
  clear_away(state, epoch);
}

void lose_epoch(ConsumerState& state, PartitionEpoch& epoch) {
  if (!epoch.owned()) return;
  epoch.ownership.lose();
  clear_away(state, epoch);
}

}  // namespace tidegate
