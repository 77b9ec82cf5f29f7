// SPDX-License-Identifier: Apache-2.0
#include "host/consume/passes.hpp"

#include "host/base/log.hpp"
#include "host/consume/next_look.hpp"
#include "host/consume/release.hpp"

namespace tidegate {
namespace {

constexpr Duration kBetweenLooks = std::chrono::milliseconds(50);
constexpr int kForASeekMs = 1000;

}  // namespace

Passes::Passes(ConsumerState& state, std::uint64_t bytes)
    : state_(state), most_remembered_bytes_(bytes / 4) {}

bool Passes::far_ahead(const PartitionEpoch& epoch) const {
  // Where the partition is one lane, nothing further on could start.
  if (state_.pipeline.ordering == config::Ordering::partition && !epoch.released.empty())
    return true;
  // What is only remembered leaves at least half of the bound to messages: else none could come
  // back.
  if (state_.memory.remembered_bytes() > most_remembered_bytes_ &&
      epoch.released.bytes() > most_remembered_bytes_ / state_.partitions.size()) {
    return true;
  }
  const std::int64_t most = state_.pipeline.retry.max_ahead;
  const std::int64_t ahead = epoch.tracker.next().value - epoch.tracker.position().value;
  // A pause throws away what was prefetched, so it does not end at once.
  return ahead >= (epoch.ahead_paused ? most - most / 8 : most);
}

void Passes::tick(MonotonicTime now) {
  if (state_.pipeline.retry.mode != config::RetryMode::in_place) return;
  const bool look = now >= next_look_;
  std::vector<PartitionEpochPtr> to_pause;
  std::vector<PartitionEpochPtr> to_resume;
  std::vector<std::pair<PartitionEpochPtr, Offset>> to_pass;
  state_.partitions.for_each([&](PartitionEpoch& epoch) {
    const bool ours = epoch.ownership.reads() && !epoch.stopped;
    if (!ours || epoch.delay || epoch.released.passing()) return;
    const bool far = far_ahead(epoch);
    if (far == epoch.ahead_paused && (!look || epoch.released.empty())) return;
    const PartitionEpochPtr shared = state_.partitions.find(epoch.topic, epoch.partition);
    if (far && !epoch.ahead_paused) to_pause.push_back(shared);
    if (!far && epoch.ahead_paused) to_resume.push_back(shared);
    if (!look || epoch.released.empty() || epoch.full_since != MonotonicTime{} ||
        now < epoch.next_pass)
      return;
    if (const auto at = epoch.released.begin_at(epoch)) to_pass.emplace_back(shared, *at);
  });
  if (look) next_look_ = next_look(now, state_.clock.now(), kBetweenLooks);
  if (!to_pause.empty()) set_paused(to_pause, true);
  if (!to_resume.empty()) set_paused(to_resume, false);
  for (const auto& [epoch, at] : to_pass) begin(epoch, at, now);
}

void Passes::set_paused(const std::vector<PartitionEpochPtr>& epochs, bool pause) {
  const kafka::PartitionList list = to_list(epochs);
  const rd_kafka_resp_err_t error =
      pause ? rd_kafka_pause_partitions(state_.client.get(), list.get())
            : rd_kafka_resume_partitions(state_.client.get(), list.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    state_.fetches_anew |= !pause;
    for (const auto& epoch : epochs) epoch->ahead_paused = pause;
    return;
  }
  log::warn(
      "pause_failed", "partitions could not be paused or resumed; it is tried again",
      {{"pipeline", state_.pipeline.name}, {"pause", pause}, {"error", kafka::describe(error)}});
}

void Passes::begin(const PartitionEpochPtr& epoch, Offset at, MonotonicTime now) {
  const kafka::PartitionList list = to_list({epoch});
  list->elems[0].offset = at.value;
  const kafka::Error error(rd_kafka_seek_partitions(state_.client.get(), list.get(), kForASeekMs));
  const rd_kafka_resp_err_t own = list->elems[0].err;
  if (error != nullptr || own != RD_KAFKA_RESP_ERR_NO_ERROR) {
    log::warn(
        "seek_failed", "a partition could not be sought back to messages that wait in it",
        {{"pipeline", state_.pipeline.name},
         {"topic", epoch->topic},
         {"partition", epoch->partition.value},
         {"offset", at.value},
         {"error", error != nullptr ? rd_kafka_error_string(error.get()) : rd_kafka_err2str(own)}});
    epoch->next_pass = now + kBetweenPasses;
    return;
  }
  begin_pass(*epoch, at);
  log::debug("pass_begins", "a partition is read again for messages that were released",
             {{"pipeline", state_.pipeline.name},
              {"topic", epoch->topic},
              {"partition", epoch->partition.value},
              {"from", at.value},
              {"to", epoch->tracker.next().value}});
  if (epoch->ahead_paused) set_paused({epoch}, false);
}

}  // namespace tidegate
