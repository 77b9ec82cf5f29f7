// SPDX-License-Identifier: Apache-2.0
#include "host/consume/lag_probe.hpp"

#include <algorithm>

#include "host/base/kafka/offsets.hpp"

namespace tidegate {
namespace {

constexpr std::chrono::milliseconds kLagPatience{10'000};
// Longer than the time between two questions: what one consumer finished by a copy, another one
// must have had the time to see in a retry topic.
constexpr Duration kSettled = std::chrono::milliseconds(1500);

rd_kafka_IsolationLevel_t isolation_of(const config::Pipeline& pipeline) {
  const auto written = pipeline.consumer.find("isolation.level");
  return written != pipeline.consumer.end() && written->second == "read_uncommitted"
             ? RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED
             : RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED;
}

bool read_to_end(const PartitionEpoch& epoch) {
  return epoch.end.value >= 0 && epoch.tracker.next() >= epoch.end;
}

}  // namespace

LagProbe::LagProbe(ConsumerState& state, Duration interval)
    : state_(state), interval_(interval), isolation_(isolation_of(state.pipeline)) {}

void LagProbe::tick(MonotonicTime now) {
  if (asking_ || now < next_due()) return;
  asked_at_ = now;
  state_.fetches_anew = false;
  const auto epochs = state_.partitions.all();
  if (epochs.empty()) {
    // Nothing to ask: an empty assignment is at its end.
    at_end_since_ =
        at_end() ? (at_end_since_ == MonotonicTime{} ? now : at_end_since_) : MonotonicTime{};
    return;
  }
  const kafka::PartitionList list = to_list(epochs);
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    list->elems[i].offset = RD_KAFKA_OFFSET_SPEC_LATEST;
    epochs[i]->asked_at = epochs[i]->tracker.next();
  }
  kafka::ask_offsets(state_.client.get(), list.get(), kLagPatience, state_.events.get(),
                     isolation_);
  asking_ = true;
}

void LagProbe::answered(rd_kafka_event_t* event, MonotonicTime now) {
  asking_ = false;
  for (const auto& [place, offset] : kafka::offsets_of(event)) {
    // Of owned partitions only: what was revoked meanwhile is nobody's lag here.
    auto epoch = state_.partitions.find(place.first, Partition{place.second});
    if (epoch == nullptr) continue;
    epoch->end = Position{offset};
    if (epoch->ownership.reads() && epoch->end < epoch->asked_at) cut_.push_back(std::move(epoch));
  }
  const bool same_partitions = changes_at_end_ == state_.partitions.changes();
  changes_at_end_ = state_.partitions.changes();
  if (!at_end()) at_end_since_ = {};
  else if (at_end_since_ == MonotonicTime{} || !same_partitions) at_end_since_ = now;
}

bool LagProbe::nothing_to_fetch() const {
  bool nothing = true;
  state_.partitions.for_each([&](const PartitionEpoch& epoch) {
    nothing = nothing && (!epoch.takes_in() || read_to_end(epoch));
  });
  return nothing;
}

bool LagProbe::at_end() const {
  bool at_end = state_.assigned_once;
  state_.partitions.for_each([&](const PartitionEpoch& epoch) {
    at_end = at_end && epoch.ownership.reads() && epoch.in_flight == 0 &&
             epoch.tracker.unfinished() == 0 && read_to_end(epoch);
  });
  return at_end;
}

bool LagProbe::caught_up(MonotonicTime now) const {
  return at_end_since_ != MonotonicTime{} && now >= at_end_since_ + kSettled && at_end();
}

std::int64_t LagProbe::lag_messages(const PartitionEpoch& epoch) {
  if (epoch.end.value < 0) return -1;
  return std::max<std::int64_t>(epoch.end.value - epoch.committed.value, 0);
}

}  // namespace tidegate
