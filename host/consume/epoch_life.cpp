// SPDX-License-Identifier: Apache-2.0
#include "host/consume/epoch_life.hpp"

#include <utility>

#include "host/consume/release.hpp"

namespace tidegate {
namespace {

void give_back(ConsumerState& state, PartitionEpoch& epoch, Item item, GivenBack reason) {
  state.memory.release(item);
  epoch.account.give_back(reason, 1);
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
void drop_awaiting(ConsumerState& state, PartitionEpoch& epoch, GivenBack reason) {
  while (!epoch.awaiting_commit.empty()) {
    Item item = std::move(epoch.awaiting_commit.front());
    epoch.awaiting_commit.pop_front();
    const bool in_doubt = position_after(item.offset) <= epoch.requested;
    if (in_doubt) lose(state, epoch, std::move(item));
    else give_back(state, epoch, std::move(item), reason);
  }
}

}  // namespace

PartitionEpochPtr begin_epoch(ConsumerState& state, const std::string& topic, Partition partition,
                              Position start, const FinishedRanges& earlier) {
  auto epoch = std::make_shared<PartitionEpoch>(state.pipeline.ordering, start,
                                                state.books.of(topic), earlier);
  epoch->topic = topic;
  epoch->partition = partition;
  epoch->delay = delay_of(topic, state.pipeline.group_id);
  epoch->epoch = std::exchange(state.next_epoch, Epoch{state.next_epoch.value + 1});
  if (auto old = state.partitions.find(topic, partition))
    end_epoch(state, *old, GivenBack::revoked);
  state.partitions.put(epoch);
  return epoch;
}

namespace {

void give_back_held(ConsumerState& state, PartitionEpoch& epoch, GivenBack reason) {
  while (!epoch.held.empty()) {
    Item item = std::move(epoch.held.front());
    epoch.held.pop_front();
    give_back(state, epoch, std::move(item), reason);
  }
}

}  // namespace

std::uint64_t stop_starting(ConsumerState& state, PartitionEpoch& epoch) {
  if (epoch.state == PartitionEpoch::State::active) epoch.state = PartitionEpoch::State::draining;
  give_back_held(state, epoch, GivenBack::revoked);
  if (state.at_most_once()) {
    // What is committed may still start, and is lost where it may not.
    if (state.dispatcher.held())
      state.dispatcher.close(epoch, [&](Item&& item) { lose(state, epoch, std::move(item)); });
    return epoch.in_flight - epoch.awaiting_commit.size();
  }
  return state.dispatcher.close(
      epoch, [&](Item&& item) { give_back(state, epoch, std::move(item), GivenBack::revoked); });
}

void leave_unfinished(const ConsumerState& state, PartitionEpoch& epoch, GivenBack reason,
                      std::uint64_t messages) {
  if (state.at_most_once()) epoch.account.finish(Outcome::lost, messages);
  else epoch.account.give_back(reason, messages);
  epoch.in_flight -= messages;
}

void end_epoch(ConsumerState& state, PartitionEpoch& epoch, GivenBack reason) {
  if (!epoch.owned()) return;
  const bool committed_first = state.at_most_once();
  state.dispatcher.close(epoch, [&](Item&& item) {
    if (committed_first) lose(state, epoch, std::move(item));
    else give_back(state, epoch, std::move(item), reason);
  });
  drop_awaiting(state, epoch, reason);
  give_back_held(state, epoch, reason);
  forget_released(state, epoch);
  // What is begun runs on; its result will be discarded.
  leave_unfinished(state, epoch, reason, epoch.in_flight);
  epoch.state = PartitionEpoch::State::ended;
  state.partitions.erase(epoch);
}

}  // namespace tidegate
