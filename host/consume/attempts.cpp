// SPDX-License-Identifier: Apache-2.0
#include "host/consume/attempts.hpp"

#include <algorithm>
#include <string>

#include "host/base/config/names.hpp"
#include "host/route/copy_headers.hpp"

namespace tidegate {
namespace {

// The label of a wait in the metrics. Labels are bounded, and a handler may ask for any delay.
std::string label_of(config::Milliseconds delay, const config::Retry& retry) {
  const bool configured =
      std::find(retry.delays.begin(), retry.delays.end(), delay) != retry.delays.end();
  return configured ? config::canonical_delay(delay) : "other";
}

// What a message of this epoch that has just failed has behind it, and its place only where that is
// another one: many may wait in theirs.
kafka::Origin past_of(const ConsumerState& state, const Item& item) {
  if (const kafka::Origin* known = item.message.origin()) return *known;
  kafka::Origin past;
  past.first_failure_ms = state.clock.wall().time_since_epoch().count();
  past.replays = replays_before(item.message, state.pipeline.group_id);
  return past;
}

// It pins no fetch buffer while it waits.
void keep(ConsumerState& state, Item& item, kafka::Origin origin) {
  state.memory.copy_out(item);
  item.message.set_origin(std::make_unique<kafka::Origin>(std::move(origin)));
}

}  // namespace

kafka::Origin origin_of(const ConsumerState& state, const PartitionEpoch& epoch, const Item& item) {
  kafka::Origin origin = past_of(state, item);
  if (origin.elsewhere()) return origin;
  origin.topic = epoch.topic;
  origin.partition = epoch.partition;
  origin.offset = item.offset;
  origin.timestamp_ms = item.message.timestamp_ms();
  return origin;
}

void observe_failure(ConsumerState& state, const kafka::HeldMessage& message) {
  const kafka::Origin* const origin = message.origin();
  if (origin == nullptr) return;
  const std::int64_t now_ms = state.clock.wall().time_since_epoch().count();
  state.counts.failure_duration.observe(metrics::seconds_between(origin->first_failure_ms, now_ms));
}

void remember_attempt(ConsumerState& state, Item& item, const Route& route) {
  kafka::Origin origin = past_of(state, item);
  origin.attempts = route.attempts;
  origin.due = state.clock.now() + Duration(route.delay);
  keep(state, item, std::move(origin));
  ++state.counts.retries[{route.kind, label_of(route.delay, state.pipeline.retry)}];
}

void forget_crashes_of_others(Item& item, std::uint32_t plugin) {
  const kafka::Origin* const known = item.message.origin();
  if (known == nullptr || known->crashes == 0 || known->crashed_plugin == plugin) return;
  auto origin = std::make_unique<kafka::Origin>(*known);
  origin->crashes = 0;
  item.message.set_origin(std::move(origin));
}

void remember_crash(ConsumerState& state, PartitionEpoch& epoch, Item& item, std::uint32_t crashes,
                    std::uint32_t plugin) {
  kafka::Origin origin = past_of(state, item);
  origin.crashes = crashes;
  origin.crashed_plugin = plugin;
  if (epoch.crashes.of(item.offset) != crashes || epoch.crashes.plugin() != plugin)
    epoch.crashes.note(item.offset, crashes, plugin);
  keep(state, item, std::move(origin));
}

}  // namespace tidegate
