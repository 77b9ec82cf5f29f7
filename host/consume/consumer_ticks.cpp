// SPDX-License-Identifier: Apache-2.0
//
// What a consumer does now and then, whatever comes in.
#include <utility>

#include "host/consume/consumer.hpp"
#include "host/consume/next_look.hpp"

namespace tidegate {
namespace {

constexpr Duration kSlowTick = std::chrono::seconds(1);
// What waits this long becomes a copy, so that it does not pin a fetch buffer (DESIGN §3).
constexpr Duration kCopiedAfter = std::chrono::seconds(1);

}  // namespace

void Consumer::tick(MonotonicTime now) {
  if (now >= next_publish_) publish();
  lag_.tick(now);
  topic_ids_.tick(now, subscription_.topics());
  late_starts_.begin_anew(topic_ids_.take_made_anew());
  late_starts_.restart(lag_.take_cut());
  late_starts_.tick(now);
  if (now >= next_tick_) {
    next_tick_ = now + kTick;
    look_at_plugin();
    if (setup_.every_tick) setup_.every_tick(now);
  }
  if (now < next_slow_tick_) return;
  next_slow_tick_ = now + kSlowTick;
  copy_out_what_waits(now);
  late_starts_.restart(stalls_.tick(now));
  subscription_.tick(now);
}

// Its successor may have batches where it had none, or the other way round.
void Consumer::look_at_plugin() {
  PluginVersionPtr plugin = setup_.plugin.get();
  if (plugin == state_.plugin) return;
  state_.plugin = std::move(plugin);
  state_.dispatcher.set_batch_messages(state_.plugin->batch_messages);
}

void Consumer::copy_out_what_waits(MonotonicTime now) {
  state_.dispatcher.take_back_older_than(kCopiedAfter, now);
  if (now < next_copying_) return;
  std::uint64_t seen = 0;
  std::uint64_t copied = 0;
  state_.partitions.for_each([&](PartitionEpoch& epoch) {
    epoch.for_each_queued([&](Item& item) {
      ++seen;
      if (item.extent == nullptr || now - item.extent->arrived < kCopiedAfter) return;
      state_.memory.copy_out(item);
      ++copied;
    });
  });
  // Copying a tenth is no mere looking, and meanwhile fetch buffers would pile up.
  next_copying_ =
      copied >= seen / 10 ? now + kSlowTick : next_look(now, setup_.clock.now(), kSlowTick);
}

}  // namespace tidegate
