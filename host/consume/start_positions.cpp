// SPDX-License-Identifier: Apache-2.0
#include "host/consume/start_positions.hpp"

#include <algorithm>
#include <span>

#include "host/base/log.hpp"

namespace tidegate {
namespace {

using Kind = config::StartOffset::Kind;

std::span<rd_kafka_topic_partition_t> span_of(const rd_kafka_topic_partition_list_t* list) {
  return {list->elems, static_cast<std::size_t>(list->cnt)};
}

// How ListOffsets is asked for a start.
std::int64_t question(const config::StartOffset& start) {
  if (start.kind == Kind::time) return start.unix_ms;
  return start.kind == Kind::earliest ? RD_KAFKA_OFFSET_SPEC_EARLIEST : RD_KAFKA_OFFSET_SPEC_LATEST;
}

}  // namespace

std::map<kafka::Place, Position> StartPositions::resolve(
    const rd_kafka_topic_partition_list_t* list, std::chrono::milliseconds timeout) {
  std::map<kafka::Place, Position> starts;
  if (list->cnt == 0) return starts;
  const auto committed = kafka::committed_offsets(state_.client.get(), list, timeout);
  if (!committed.ok()) {
    complain(committed.error);
    return starts;
  }
  const kafka::PartitionList unknown = kafka::make_list(list->cnt);
  for (const auto& partition : span_of(list)) {
    const kafka::Place place{partition.topic, partition.partition};
    if (const auto known = committed.value.find(place); known != committed.value.end()) {
      starts[place] = Position{known->second};
      continue;
    }
    const config::StartOffset start =
        history_.start_of(place.first, place.second, state_.pipeline.start_offset);
    if (start.kind == Kind::error) {
      state_.failure = "group \"" + state_.pipeline.group_id + "\" has no position for " +
                       place.first + "/" + std::to_string(place.second) +
                       " and start_offset is \"error\"; commit a position for the "
                       "group or set start_offset to earliest, latest or a time";
      return {};
    }
    rd_kafka_topic_partition_list_add(unknown.get(), partition.topic, partition.partition)->offset =
        question(start);
  }
  if (unknown->cnt == 0 || !find_offsets(*unknown, timeout) || !commit(unknown.get()))
    return starts;
  for (const auto& partition : span_of(unknown.get())) {
    starts[{partition.topic, partition.partition}] = Position{partition.offset};
    log::info("start_position", "a partition without a committed position begins here",
              {{"pipeline", state_.pipeline.name},
               {"topic", partition.topic},
               {"partition", partition.partition},
               {"offset", partition.offset}});
  }
  return starts;
}

bool StartPositions::find_offsets(rd_kafka_topic_partition_list_t& questions,
                                  std::chrono::milliseconds timeout) {
  const auto found = kafka::list_offsets(state_.client.get(), &questions, timeout);
  if (!found.ok()) {
    complain(found.error);
    return false;
  }
  kafka::Answer<std::map<kafka::Place, std::int64_t>> ends;
  if (std::any_of(found.value.begin(), found.value.end(),
                  [](const auto& f) { return f.second < 0; })) {
    // A time behind the last message means the end.
    for (auto& partition : span_of(&questions)) partition.offset = RD_KAFKA_OFFSET_SPEC_LATEST;
    ends = kafka::list_offsets(state_.client.get(), &questions, timeout);
    if (!ends.ok()) {
      complain(ends.error);
      return false;
    }
  }
  for (auto& partition : span_of(&questions)) {
    const kafka::Place place{partition.topic, partition.partition};
    const std::int64_t offset = found.value.at(place);
    partition.offset = offset < 0 ? ends.value.at(place) : offset;
  }
  return true;
}

bool StartPositions::commit(const rd_kafka_topic_partition_list_t* list) {
  const rd_kafka_resp_err_t error = rd_kafka_commit(state_.client.get(), list, /*async=*/0);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++state_.counts.commits_ok;
    return true;
  }
  ++state_.counts.commits_error;
  state_.counts.kafka_error(error);
  complain("the start could not be committed: " + kafka::describe(error));
  return false;
}

std::optional<Position> StartPositions::after_loss(const PartitionEpoch& epoch,
                                                   std::chrono::milliseconds timeout) {
  const Position wanted = epoch.tracker.next();
  const auto log_start = edge(epoch, RD_KAFKA_OFFSET_SPEC_EARLIEST, timeout);
  if (!log_start) return std::nullopt;
  if (wanted >= *log_start) {
    const auto log_end = edge(epoch, RD_KAFKA_OFFSET_SPEC_LATEST, timeout);
    if (!log_end) return std::nullopt;
    if (wanted <= *log_end) return wanted;  // it is in the log: only reading has to begin anew
  }
  if (state_.pipeline.start_offset.kind == Kind::error) {
    state_.failure = "position " + std::to_string(wanted.value) + " of " + epoch.topic + "/" +
                     std::to_string(epoch.partition.value) +
                     " is not in the log, which begins at " + std::to_string(log_start->value) +
                     ", and start_offset is \"error\"";
    return std::nullopt;
  }
  const std::int64_t lost = std::max<std::int64_t>(log_start->value - wanted.value, 0);
  state_.counts.offsets_lost += static_cast<std::uint64_t>(lost);
  log::error("offsets_lost",
             "the log does not have the group's position; reading goes on at the log's start",
             {{"pipeline", state_.pipeline.name},
              {"topic", epoch.topic},
              {"partition", epoch.partition.value},
              {"position", wanted.value},
              {"log_start", log_start->value},
              {"lost", lost}});
  return log_start;
}

std::optional<Position> StartPositions::edge(const PartitionEpoch& epoch, std::int64_t which,
                                             std::chrono::milliseconds timeout) const {
  const kafka::PartitionList list = kafka::make_list(1);
  rd_kafka_topic_partition_list_add(list.get(), epoch.topic.c_str(), epoch.partition.value)
      ->offset = which;
  const auto found = kafka::list_offsets(state_.client.get(), list.get(), timeout);
  if (found.ok()) return Position{found.value.begin()->second};
  complain(found.error);
  return std::nullopt;
}

void StartPositions::complain(const std::string& error) const {
  log::warn("start_position_unknown", "where partitions begin is not known yet; it is asked again",
            {{"pipeline", state_.pipeline.name},
             {"group_id", state_.pipeline.group_id},
             {"error", error}});
}

}  // namespace tidegate
