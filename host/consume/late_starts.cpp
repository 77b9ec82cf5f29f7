// SPDX-License-Identifier: Apache-2.0
#include "host/consume/late_starts.hpp"

#include <algorithm>
#include <utility>

#include "host/base/check.hpp"
#include "host/base/log.hpp"
#include "host/consume/client_assignment.hpp"
#include "host/consume/epoch_life.hpp"

namespace tidegate {
namespace {

constexpr Duration kFirstWait = std::chrono::seconds(1);
constexpr Duration kMostWait = std::chrono::seconds(30);
constexpr std::chrono::milliseconds kForAnAnswer{1000};

// Where the epoch reads on. A start behind what was read keeps the epoch: what is in flight is held
// here and goes on, also where the log does not have it any more.
PartitionEpochPtr moved_to(ConsumerState& state, PartitionEpochPtr epoch, const Start& start) {
  if (!epoch->ownership.reads() || start.position < epoch->tracker.next()) {
    auto anew = begin_epoch(state, epoch->topic, epoch->partition, start.position, start.earlier);
    anew->crashes = start.crashes;
    return anew;
  }
  epoch->tracker.skip_to(start.position);
  return epoch;
}

}  // namespace

LateStarts::LateStarts(ConsumerState& state, StartPositions& starts,
                       std::function<void()> serve_client)
    : state_(state),
      starts_(starts),
      serve_client_(std::move(serve_client)),
      patience_(kFirstWait) {}

void LateStarts::restart(const std::vector<PartitionEpochPtr>& stopped) {
  for (const auto& epoch : stopped) {
    if (epoch->ownership.reads()) epoch->stopped = true;
  }
}

void LateStarts::begin_anew(const std::vector<PartitionEpochPtr>& epochs) {
  restart(epochs);
  anew_.insert(epochs.begin(), epochs.end());
}

void LateStarts::tick(MonotonicTime now) {
  if (now < next_try_) return;
  std::vector<PartitionEpochPtr> late;
  state_.partitions.for_each([&](PartitionEpoch& epoch) {
    if ((epoch.stopped && now >= epoch.restart_at) || epoch.ownership.resolving())
      late.push_back(state_.partitions.find(epoch.topic, epoch.partition));
  });
  if (late.empty()) return;
  patience_ = begin(late) ? kFirstWait : std::min(2 * patience_, kMostWait);
  next_try_ = state_.clock.now() + patience_;
}

// Whether all have begun.
bool LateStarts::begin(const std::vector<PartitionEpochPtr>& late) {
  std::vector<PartitionEpochPtr> unknown;
  std::vector<PartitionEpochPtr> stopped;
  std::vector<PartitionEpochPtr> anew;
  for (const auto& epoch : late) {
    if (!epoch->stopped) unknown.push_back(epoch);
    else (anew_.count(epoch) > 0 ? anew : stopped).push_back(epoch);
  }
  std::map<kafka::Place, Start> starts;
  if (!unknown.empty()) starts = starts_.resolve(to_list(unknown).get(), kForAnAnswer);
  if (!stopped.empty()) starts.merge(starts_.after_loss(stopped, kForAnAnswer));
  if (!anew.empty()) starts.merge(starts_.in_new_topic(anew, kForAnAnswer));
  // Assigning anew would be taken for the answer to a rebalance that came meanwhile: that first.
  serve_client_();
  std::vector<PartitionEpochPtr> ready;
  for (const auto& epoch : late) {
    const auto start = starts.find({epoch->topic, epoch->partition.value});
    if (start != starts.end() && epoch->owned())
      ready.push_back(moved_to(state_, epoch, start->second));
  }
  if (!ready.empty() && !assign_again(ready)) return false;
  std::erase_if(anew_, [&](const auto& epoch) {
    return !epoch->owned() || starts.count({epoch->topic, epoch->partition.value}) > 0;
  });
  return ready.size() == late.size();
}

// A seek does not start a partition that the client has stopped (_STATE): it has to be assigned
// anew. The eager protocol knows whole assignments only.
bool LateStarts::assign_again(const std::vector<PartitionEpochPtr>& epochs) {
  rd_kafka_t* client = state_.client.get();
  // Before they are assigned: beside an assignment under way it could undo its start.
  const kafka::PartitionList resumed = to_list(epochs);
  bool ok = rd_kafka_resume_partitions(client, resumed.get()) == RD_KAFKA_RESP_ERR_NO_ERROR;
  for (const auto& epoch : epochs) {
    epoch->put_off = epoch->ahead_paused = false;
    epoch->put_off_until_ms = 0;
  }
  const bool alone = is_cooperative(client);
  const std::vector<PartitionEpochPtr> told = alone ? epochs : state_.partitions.all();
  const kafka::PartitionList list = to_list(told);
  for (std::size_t i = 0; i < told.size(); ++i) {
    const bool unknown = told[i]->ownership.resolving() &&
                         std::find(epochs.begin(), epochs.end(), told[i]) == epochs.end();
    list->elems[i].offset = unknown ? kNotToBeRead : told[i]->tracker.next().value;
    told[i]->released.abort_pass();
  }
  if (alone) {
    const kafka::Error removed(rd_kafka_incremental_unassign(client, list.get()));
    const kafka::Error added(rd_kafka_incremental_assign(client, list.get()));
    ok = ok && removed == nullptr && added == nullptr;
  } else {
    ok = ok && rd_kafka_assign(client, list.get()) == RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  state_.fetches_anew = true;
  for (const auto& epoch : epochs) {
    epoch->stopped = !ok;
    TIDEGATE_CHECK(epoch->ownership.begin(), "what drains is not assigned anew");
  }
  if (!ok) {
    log::warn("assign_failed",
              "partitions could not be assigned anew at their start; it is tried again",
              {{"pipeline", state_.pipeline.name},
               {"consumer", state_.index},
               {"partitions", epochs.size()}});
  }
  return ok;
}

}  // namespace tidegate
