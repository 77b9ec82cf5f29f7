// SPDX-License-Identifier: Apache-2.0
#include "host/consume/release.hpp"

#include <algorithm>

#include "host/base/log.hpp"

namespace tidegate {
namespace {

// Keeps the meter of memory in step with what a change of the released lanes takes or frees.
template <class Change>
void metered(ConsumerState& state, PartitionEpoch& epoch, Change change) {
  state.memory.forget(epoch.released.bytes());
  change();
  state.memory.remember(epoch.released.bytes());
}

void count_released(ConsumerState& state, PartitionEpoch& epoch, Item& item) {
  state.memory.release(item);
  epoch.account.give_back(GivenBack::released, 1);
  --epoch.in_flight;
}

// The log has nothing between two messages that a pass read: what was released there is gone, by
// compaction, say.
void finish_gap(PartitionEpoch& epoch, Position from, Position to) {
  if (from < to) epoch.tracker.finish(Offset{from.value}, Offset{to.value - 1});
}

void give_up_pass(ConsumerState& state, PartitionEpoch& epoch) {
  epoch.next_pass = state.clock.now() + kBetweenPasses;
  epoch.released.abort_pass();
}

}  // namespace

std::uint64_t release_behind_parked(ConsumerState& state, PartitionEpoch& epoch,
                                    std::uint64_t keep) {
  std::uint64_t messages = 0;
  metered(state, epoch, [&] {
    epoch.remove_behind_parked(keep, [&](Item&& item) {
      epoch.released.release(*epoch.lane_name(item), item.offset);
      count_released(state, epoch, item);
      ++messages;
    });
  });
  return messages;
}

void release_with_their_lane(ConsumerState& state, PartitionEpoch& epoch,
                             std::vector<Item>& items) {
  if (epoch.released.empty()) return;
  std::erase_if(items, [&](Item& item) {
    const auto lane = epoch.lane_name(item);
    if (!lane || !epoch.released.holds(*lane)) return false;
    count_released(state, epoch, item);
    return true;
  });
}

void begin_pass(PartitionEpoch& epoch, Offset begin) {
  epoch.released.begin_pass(begin, epoch.tracker.next());
  epoch.pass_at = Position{begin.value};
  epoch.pass_met = 0;
}

void pause_interrupts_pass(PartitionEpoch& epoch) {
  if (epoch.released.passing() && epoch.pass_met == 0) epoch.released.abort_pass();
}

bool take_in_pass(ConsumerState& state, PartitionEpoch& epoch, const Item& item) {
  if (item.offset.value < epoch.pass_at.value) return false;
  finish_gap(epoch, epoch.pass_at, Position{item.offset.value});
  epoch.pass_at = position_after(item.offset);
  ++epoch.pass_met;
  epoch.empty_passes = 0;
  const bool unfinished = epoch.tracker.is_unfinished(item.offset);
  const auto lane = epoch.lane_name(item);
  const bool taken = unfinished && lane && epoch.released.take(epoch, *lane, item.offset);
  // Nothing else of the partition can come back in this pass.
  if (!taken && epoch.all_parked()) give_up_pass(state, epoch);
  else if (epoch.pass_at >= epoch.released.pass_end()) end_pass(state, epoch);
  return taken;
}

void end_pass(ConsumerState& state, PartitionEpoch& epoch) {
  // A message from before the seek would look as if the log had lost the whole stretch. That is
  // believed only when it is seen again.
  constexpr std::uint32_t kBelieved = 3;
  if (epoch.pass_met == 0 && ++epoch.empty_passes < kBelieved) {
    give_up_pass(state, epoch);
    return;
  }
  epoch.next_pass = state.clock.now() + kBetweenPasses;
  finish_gap(epoch, epoch.pass_at, epoch.released.pass_end());
  metered(state, epoch, [&] { epoch.released.end_pass(); });
}

void lose_released_below(ConsumerState& state, PartitionEpoch& epoch, Position log_start) {
  epoch.released.abort_pass();
  if (epoch.released.empty()) return;
  const Position from = epoch.tracker.position();
  const Position to = std::min(log_start, epoch.tracker.next());
  metered(state, epoch,
          [&] { epoch.released.lose_below(Offset{log_start.value}, epoch.tracker.next()); });
  if (from >= to) return;
  const std::uint64_t lost = epoch.tracker.finish(Offset{from.value}, Offset{to.value - 1});
  state.counts.offsets_lost += lost;
  log::error("offsets_lost",
             "the log lost messages that waited behind one that fails, before they came back",
             {{"pipeline", state.pipeline.name},
              {"topic", epoch.topic},
              {"partition", epoch.partition.value},
              {"position", from.value},
              {"log_start", log_start.value},
              {"lost", lost}});
}

void forget_released(ConsumerState& state, PartitionEpoch& epoch) {
  metered(state, epoch, [&] { epoch.released.clear(); });
}

}  // namespace tidegate
