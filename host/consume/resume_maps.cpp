// SPDX-License-Identifier: Apache-2.0
#include "host/consume/resume_maps.hpp"

#include <cstring>
#include <numeric>

#include "host/base/log.hpp"
#include "host/track/commit_metadata.hpp"

namespace tidegate {
namespace {

MetadataPlace place_of(const ConsumerState& state, const kafka::Place& place, Position position) {
  return {state.cluster_id, state.pipeline.group_id, place.first, Partition{place.second},
          position};
}

// The list frees it as librdkafka's own.
void set_metadata(rd_kafka_topic_partition_t& to, const std::string& text) {
  rd_kafka_mem_free(nullptr, to.metadata);
  to.metadata = text.empty() ? nullptr : rd_kafka_mem_malloc(nullptr, text.size());
  to.metadata_size = text.size();
  if (!text.empty()) std::memcpy(to.metadata, text.data(), text.size());
}

}  // namespace

FinishedRanges read_resume_map(ConsumerState& state, const kafka::Place& place,
                               const kafka::Committed& committed) {
  if (state.exactly_once() || state.at_most_once()) return {};
  auto finished =
      read_commit_metadata(place_of(state, place, Position{committed.offset}), committed.metadata);
  if (finished) {
    for (const FinishedRange& range : *finished)
      state.counts.resume_skipped +=
          static_cast<std::uint64_t>(position_after(range.last).value - range.first.value);
    return *std::move(finished);
  }
  ++state.counts.metadata_ignored;
  log::warn("metadata_ignored",
            "a committed position has metadata that is not ours, or of another place; messages "
            "above it that were finished may come again",
            {{"pipeline", state.pipeline.name},
             {"topic", place.first},
             {"partition", place.second},
             {"position", committed.offset},
             {"bytes", committed.metadata.size()}});
  return {};
}

CrashCounts read_crashes(const ConsumerState& state, const kafka::Place& place,
                         const kafka::Committed& committed) {
  if (state.exactly_once() || state.at_most_once()) return {};
  const Position position{committed.offset};
  const std::string text = read_crash_counts(place_of(state, place, position), committed.metadata);
  if (text.empty()) return {};
  return CrashCounts::decode(position, state.plugin->hash(), text).value_or(CrashCounts{});
}

TopicId read_topic_id(const ConsumerState& state, const kafka::Place& place,
                      const kafka::Committed& committed) {
  return read_topic_id(place_of(state, place, Position{committed.offset}), committed.metadata);
}

void add_topic_id(const ConsumerState& state, const PartitionEpoch& epoch,
                  rd_kafka_topic_partition_t& to) {
  constexpr std::size_t kRoomForOne = 64;
  const kafka::Place place{epoch.topic, epoch.partition.value};
  set_metadata(to, write_commit_metadata(place_of(state, place, Position{to.offset}),
                                         epoch.topic_id, {}, {}, kRoomForOne)
                       .text);
}

std::size_t ResumeMaps::write(rd_kafka_topic_partition_t& to, SentPosition& sent,
                              std::size_t most_characters) const {
  const PartitionEpoch& epoch = *sent.epoch;
  const kafka::Place place{epoch.topic, epoch.partition.value};
  const FinishedRanges finished = epoch.tracker.finished_ranges();
  const CommitMetadata metadata =
      write_commit_metadata(place_of(state_, place, sent.position), epoch.topic_id,
                            epoch.crashes.encode(sent.position), finished, most_characters);
  set_metadata(to, metadata.text);
  const std::uint64_t left_out = epoch.tracker.finished_from(metadata.covered);
  sent.map = {epoch.tracker.finished_ever(), epoch.tracker.finished_ahead() - left_out, left_out,
              epoch.crashes.changes()};
  return metadata.characters;
}

void ResumeMaps::add_to(rd_kafka_topic_partition_list_t& offsets,
                        std::vector<SentPosition>& sent) const {
  if (!written()) return;
  std::vector<std::size_t> characters(sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i)
    characters[i] = write(offsets.elems[i], sent[i], most_characters_);
  const std::size_t all = std::accumulate(characters.begin(), characters.end(), std::size_t{0});
  if (all <= most_of_all_) return;
  // Even shares: then it fits, whoever needs less than its own.
  const std::size_t share = most_of_all_ / sent.size();
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (characters[i] > share) write(offsets.elems[i], sent[i], share);
  }
}

void ResumeMaps::refused(rd_kafka_resp_err_t error) {
  const bool each = error == RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE;
  std::size_t& limit = each ? most_characters_ : most_of_all_;
  if (limit == 0) return;
  limit /= 4;  // a revocation has time for few tries
  log::warn("resume_map_limit",
            "the brokers refused a commit for the size of its metadata; resume maps say less from "
            "now on, and more messages may come twice after a crash",
            {{"pipeline", state_.pipeline.name},
             {"error", kafka::describe(error)},
             {"characters", limit},
             {"of", each ? "a partition" : "a commit"}});
}

}  // namespace tidegate
