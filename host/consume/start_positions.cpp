// SPDX-License-Identifier: Apache-2.0
#include "host/consume/start_positions.hpp"

#include <algorithm>
#include <span>

#include "host/base/kafka/rights.hpp"
#include "host/base/log.hpp"
#include "host/consume/release.hpp"
#include "host/consume/resume_maps.hpp"

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

std::map<kafka::Place, Start> StartPositions::resolve(const rd_kafka_topic_partition_list_t* list,
                                                      std::chrono::milliseconds timeout) {
  std::map<kafka::Place, Start> starts;
  if (list->cnt == 0) return starts;
  const auto committed = kafka::committed_positions(state_.client.get(), list, timeout);
  if (!committed.ok()) {
    complain(committed.error);
    return starts;
  }
  if (state_.cluster_id.empty())
    state_.cluster_id = kafka::cluster_id(state_.client.get(), timeout);
  const TopicIds::Answer ids = ids_.ask_now(with_an_id(list, committed.value), timeout);
  const kafka::PartitionList unknown = kafka::make_list(list->cnt);
  for (const auto& partition : span_of(list)) {
    const kafka::Place place{partition.topic, partition.partition};
    const auto known = committed.value.find(place);
    using Topic = TopicIds::Topic;
    const Topic topic =
        known == committed.value.end()
            ? Topic::this_one
            : ids_.topic_of(place.first, read_topic_id(state_, place, known->second), ids);
    if (topic == Topic::unknown) {
      complain("the committed position is one in a topic with another id than " + place.first +
               " had, and the brokers did not say which one it has now");
      continue;
    }
    const bool stale = topic == Topic::an_earlier_one;
    if (stale) ids_.tell(place.first);
    if (known != committed.value.end() && !stale) {
      starts[place] = {Position{known->second.offset},
                       read_resume_map(state_, place, known->second),
                       read_crashes(state_, place, known->second)};
      continue;
    }
    const config::StartOffset start =
        stale ? config::StartOffset{.kind = Kind::earliest}
              : history_.start_of(place.first, place.second, state_.pipeline.start_offset);
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
  const kafka::PartitionList found = find_offsets(*unknown, timeout);
  if (found->cnt == 0 || !commit(found.get(), timeout)) return starts;
  for (const auto& partition : span_of(found.get())) {
    starts[{partition.topic, partition.partition}] = {Position{partition.offset}, {}, {}};
    log::info("start_position", "a partition without a committed position begins here",
              {{"pipeline", state_.pipeline.name},
               {"topic", partition.topic},
               {"partition", partition.partition},
               {"offset", partition.offset}});
  }
  return starts;
}

// Topics with an id to compare with; of the others there is nothing to wait for.
std::set<std::string> StartPositions::with_an_id(
    const rd_kafka_topic_partition_list_t* list,
    const std::map<kafka::Place, kafka::Committed>& committed) const {
  std::set<std::string> topics;
  for (const auto& partition : span_of(list)) {
    const auto known = committed.find({partition.topic, partition.partition});
    if (state_.topic_ids.count(partition.topic) > 0 ||
        (known != committed.end() && read_topic_id(state_, known->first, known->second).known()))
      topics.insert(partition.topic);
  }
  return topics;
}

// The partitions that answered, at their starts.
kafka::PartitionList StartPositions::find_offsets(rd_kafka_topic_partition_list_t& questions,
                                                  std::chrono::milliseconds timeout) {
  kafka::PartitionList answered = kafka::make_list(questions.cnt);
  if (questions.cnt == 0) return answered;
  const auto found = kafka::list_offsets(state_.client.get(), &questions, timeout);
  if (!found.ok()) complain(found.error);
  std::map<kafka::Place, std::int64_t> ends;
  if (std::any_of(found.value.begin(), found.value.end(),
                  [](const auto& f) { return f.second < 0; })) {
    // A time behind the last message means the end.
    for (auto& partition : span_of(&questions)) partition.offset = RD_KAFKA_OFFSET_SPEC_LATEST;
    auto asked = kafka::list_offsets(state_.client.get(), &questions, timeout);
    if (!asked.ok()) complain(asked.error);
    ends = std::move(asked.value);
  }
  for (const auto& [place, offset] : found.value) {
    const auto end = ends.find(place);
    if (offset < 0 && end == ends.end()) continue;
    rd_kafka_topic_partition_list_add(answered.get(), place.first.c_str(), place.second)->offset =
        offset < 0 ? end->second : offset;
  }
  return answered;
}

bool StartPositions::commit(const rd_kafka_topic_partition_list_t* list,
                            std::chrono::milliseconds timeout) {
  const kafka::Queue answers(rd_kafka_queue_new(state_.client.get()));
  rd_kafka_resp_err_t error =
      rd_kafka_commit_queue(state_.client.get(), list, answers.get(), nullptr, nullptr);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const kafka::Event answer(
        rd_kafka_queue_poll(answers.get(), static_cast<int>(timeout.count())));
    error = answer == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(answer.get());
  }
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++state_.counts.commits_ok;
    return true;
  }
  ++state_.counts.commits_error;
  state_.counts.kafka_error(error);
  complain("the start could not be committed: " + kafka::describe(error) +
           kafka::cure_of(state_.client.get(), error, list->elems[0].topic));
  return false;
}

std::map<kafka::Place, Start> StartPositions::after_loss(
    const std::vector<PartitionEpochPtr>& stopped, std::chrono::milliseconds timeout) {
  const auto log_starts = edges(stopped, RD_KAFKA_OFFSET_SPEC_EARLIEST, timeout);
  const auto log_ends = edges(stopped, RD_KAFKA_OFFSET_SPEC_LATEST, timeout);
  std::map<kafka::Place, Start> starts;
  const kafka::PartitionList went_back = kafka::make_list(0);
  for (const auto& epoch : stopped) {
    const kafka::Place place{epoch->topic, epoch->partition.value};
    const auto log_start = log_starts.find(place);
    const auto log_end = log_ends.find(place);
    if (log_start == log_starts.end() || log_end == log_ends.end()) continue;
    lose_released_below(state_, *epoch, log_start->second);
    const auto start = start_after_loss(*epoch, log_start->second, log_end->second);
    if (!start) return {};
    starts[place] = {*start, {}};
    if (*start < epoch->tracker.next())
      rd_kafka_topic_partition_list_add(went_back.get(), epoch->topic.c_str(), place.second)
          ->offset = start->value;
  }
  // Else a crash before the next commit would leave the old position, and the log may have grown
  // past it by then.
  if (went_back->cnt > 0 && !commit(went_back.get(), timeout)) return {};
  return starts;
}

std::map<kafka::Place, Start> StartPositions::in_new_topic(
    const std::vector<PartitionEpochPtr>& epochs, std::chrono::milliseconds timeout) {
  std::map<kafka::Place, Start> starts;
  if (state_.at_most_once()) {
    for (const auto& epoch : epochs)
      starts[{epoch->topic, epoch->partition.value}] = {epoch->tracker.next(), {}};
    return starts;
  }
  const auto log_starts = edges(epochs, RD_KAFKA_OFFSET_SPEC_EARLIEST, timeout);
  const kafka::PartitionList list = kafka::make_list(static_cast<int>(log_starts.size()));
  for (const auto& [place, start] : log_starts) {
    starts[place] = {start, {}};
    rd_kafka_topic_partition_list_add(list.get(), place.first.c_str(), place.second)->offset =
        start.value;
  }
  if (list->cnt > 0 && !commit(list.get(), timeout)) return {};
  return starts;
}

// Empty: the pipeline has failed of it.
std::optional<Position> StartPositions::start_after_loss(const PartitionEpoch& epoch,
                                                         Position log_start, Position log_end) {
  const Position wanted = epoch.tracker.next();
  // It is in the log: only reading has to begin anew.
  if (wanted >= log_start && wanted <= log_end) return wanted;
  if (state_.pipeline.start_offset.kind == Kind::error) {
    state_.failure = "position " + std::to_string(wanted.value) + " of " + epoch.topic + "/" +
                     std::to_string(epoch.partition.value) + " is not in the log, which is " +
                     std::to_string(log_start.value) + " to " + std::to_string(log_end.value) +
                     ", and start_offset is \"error\"";
    return std::nullopt;
  }
  // Behind the end: the topic may have been made anew, or the log was cut. From its start nothing
  // is lost; with at_most_once nothing may come twice.
  const bool behind = wanted > log_end;
  const Position start = behind && state_.at_most_once() ? log_end : log_start;
  state_.counts.kafka_error(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
  const std::int64_t lost = std::max<std::int64_t>(log_start.value - wanted.value, 0);
  state_.counts.offsets_lost += static_cast<std::uint64_t>(lost);
  log::error("offsets_lost",
             "the log does not have the group's position; reading goes on where it can",
             {{"pipeline", state_.pipeline.name},
              {"topic", epoch.topic},
              {"partition", epoch.partition.value},
              {"position", wanted.value},
              {"log_start", log_start.value},
              {"log_end", log_end.value},
              {"goes_on_at", start.value},
              {"lost", lost}});
  return start;
}

// An end of the log of each partition, an rd_kafka_OffsetSpec_t; without those that did not answer.
std::map<kafka::Place, Position> StartPositions::edges(const std::vector<PartitionEpochPtr>& epochs,
                                                       std::int64_t which,
                                                       std::chrono::milliseconds timeout) const {
  const kafka::PartitionList list = to_list(epochs);
  for (auto& partition : span_of(list.get())) partition.offset = which;
  // Any message in the log counts, also one of a transaction that is still open.
  const auto found = kafka::list_offsets(state_.client.get(), list.get(), timeout,
                                         RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED);
  if (!found.ok()) complain(found.error);
  std::map<kafka::Place, Position> edges;
  for (const auto& [place, offset] : found.value) edges[place] = Position{offset};
  return edges;
}

void StartPositions::complain(const std::string& error) const {
  log::warn("start_position_unknown", "where partitions begin is not known yet; it is asked again",
            {{"pipeline", state_.pipeline.name},
             {"group_id", state_.pipeline.group_id},
             {"error", error}});
}

}  // namespace tidegate
