// SPDX-License-Identifier: Apache-2.0
#include "host/consume/due_gate.hpp"

#include <algorithm>

namespace tidegate {
namespace {

// Two waits of a fetch as librdkafka has it (fetch.wait.max.ms, 500; ours is 50, the operator's
// may be longer): a partition that goes on waits for the request before.
constexpr std::int64_t kSoonMs = 1000;
constexpr int kForItsSeekMs = 1000;

std::vector<PartitionEpochPtr> those(const ConsumerState& state, auto wanted) {
  std::vector<PartitionEpochPtr> found;
  state.partitions.for_each([&](PartitionEpoch& epoch) {
    if (epoch.ownership.reads() && wanted(epoch))
      found.push_back(state.partitions.find(epoch.topic, epoch.partition));
  });
  return found;
}

}  // namespace

BrokerClock::BrokerClock(const Clock& clock)
    : clock_(clock), base_ms_(clock.wall().time_since_epoch().count()), base_(clock.now()) {}

std::int64_t BrokerClock::now_ms() const {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - base_);
  return base_ms_ + passed.count() + ahead_ms_;
}

void BrokerClock::saw(std::int64_t append_ms) {
  ahead_ms_ += std::max<std::int64_t>(append_ms - now_ms(), 0);
}

std::int64_t DueGate::due_ms(const PartitionEpoch& epoch, const Item& item) {
  return item.message.timestamp_ms() + epoch.delay->count();
}

MonotonicTime DueGate::due(const PartitionEpoch& epoch, const Item& item,
                           std::int64_t not_before_ms) const {
  const std::int64_t at = std::max(due_ms(epoch, item), not_before_ms);
  return state_.clock.now() + std::chrono::milliseconds(at - clock_.now_ms());
}

std::size_t DueGate::admit(const PartitionEpochPtr& epoch, const std::vector<Item>& items) {
  clock_.saw(items.back().message.timestamp_ms());
  const std::int64_t soon = clock_.now_ms() + kSoonMs;
  const auto late = std::find_if(items.begin(), items.end(),
                                 [&](const Item& item) { return due_ms(*epoch, item) > soon; });
  if (late != items.end()) epoch->put_off_until_ms = due_ms(*epoch, *late);
  return static_cast<std::size_t>(late - items.begin());
}

void DueGate::tick() {
  const auto fresh = those(state_, [](const PartitionEpoch& epoch) {
    return epoch.put_off_until_ms > 0 && !epoch.put_off;
  });
  if (!fresh.empty()) {
    const kafka::PartitionList list = to_list(fresh);
    // What slips through although this failed is discarded: put_off says so.
    (void)rd_kafka_pause_partitions(state_.client.get(), list.get());
    for (const auto& epoch : fresh) epoch->put_off = true;
  }
  const std::int64_t soon = clock_.now_ms() + kSoonMs;
  const auto ready = those(state_, [&](const PartitionEpoch& epoch) {
    return epoch.put_off && epoch.put_off_until_ms <= soon;
  });
  if (ready.empty()) return;
  const kafka::PartitionList list = to_list(ready);
  for (std::size_t i = 0; i < ready.size(); ++i)
    list->elems[i].offset = ready[i]->tracker.next().value;
  const kafka::Error error(
      rd_kafka_seek_partitions(state_.client.get(), list.get(), kForItsSeekMs));
  for (std::size_t i = 0; i < ready.size(); ++i) {
    const rd_kafka_resp_err_t own = list->elems[i].err;
    if (error != nullptr || own != RD_KAFKA_RESP_ERR_NO_ERROR) continue;  // next tick again
    ready[i]->put_off = false;
    ready[i]->put_off_until_ms = 0;
    (void)rd_kafka_resume_partitions(state_.client.get(), to_list({ready[i]}).get());
    state_.fetches_anew = true;
  }
}

std::optional<MonotonicTime> DueGate::next_due(MonotonicTime now) const {
  std::optional<std::int64_t> first;
  const auto earlier = [&](std::int64_t ms) { first = std::min(first.value_or(ms), ms); };
  state_.partitions.for_each([&](const PartitionEpoch& epoch) {
    if (!epoch.held.empty()) earlier(due_ms(epoch, epoch.held.front()) + 1);
    if (epoch.put_off) earlier(epoch.put_off_until_ms - kSoonMs);
  });
  if (!first) return std::nullopt;
  return now + std::chrono::milliseconds(std::max<std::int64_t>(*first - clock_.now_ms(), 1));
}

}  // namespace tidegate
