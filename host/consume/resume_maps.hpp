// SPDX-License-Identifier: Apache-2.0
//
// Resume maps and what else is committed with a position (track/commit_metadata.hpp), on their way
// into commits and out of them; maps with at_least_once. Brokers refuse metadata that is too large,
// so the maps say less when that happens and go on saying less; no right to read a broker's
// configuration is needed. Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstddef>
#include <vector>

#include "host/base/kafka/offsets.hpp"
#include "host/consume/consumer_state.hpp"

namespace tidegate {

// A position on its way to the brokers, and the map that goes with it.
struct SentPosition {
  PartitionEpochPtr epoch;
  Position position;
  CommittedMap map;
};

// What an earlier owner finished above the position, as its metadata says. Other metadata than ours
// is ignored and counted.
[[nodiscard]] FinishedRanges read_resume_map(ConsumerState& state, const kafka::Place& place,
                                             const kafka::Committed& committed);

// How often which messages had crashed, as the same metadata says.
[[nodiscard]] CrashCounts read_crashes(const ConsumerState& state, const kafka::Place& place,
                                       const kafka::Committed& committed);

// The topic that the position was committed for, as the same metadata says.
[[nodiscard]] TopicId read_topic_id(const ConsumerState& state, const kafka::Place& place,
                                    const kafka::Committed& committed);

// Metadata that says no more than which topic the position is of: for positions that go with a
// transaction.
void add_topic_id(const ConsumerState& state, const PartitionEpoch& epoch,
                  rd_kafka_topic_partition_t& to);

class ResumeMaps {
 public:
  explicit ResumeMaps(ConsumerState& state) : state_(state) {}

  // Whether messages above the position have finished, or crashed, since the last map was
  // committed.
  [[nodiscard]] bool changed(const PartitionEpoch& epoch) const {
    return written() && (epoch.tracker.finished_ever() != epoch.committed_map.finished_ever ||
                         epoch.crashes.changes() != epoch.committed_map.crash_changes);
  }
  // Makes the maps of a commit. REQUIRES: both lists name the same partitions in the same order.
  void add_to(rd_kafka_topic_partition_list_t& offsets, std::vector<SentPosition>& sent) const;
  // Whether the brokers refused a position for the size of what was committed with it.
  [[nodiscard]] static bool is_of_size(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE ||
           error == RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE;
  }
  // They did: from the next commit on, maps say a quarter of it. REQUIRES: is_of_size(error).
  void refused(rd_kafka_resp_err_t error);

 private:
  [[nodiscard]] bool written() const { return !state_.exactly_once() && !state_.at_most_once(); }
  // Returns how many characters the map has.
  std::size_t write(rd_kafka_topic_partition_t& to, SentPosition& sent,
                    std::size_t most_characters) const;

  // offset.metadata.max.bytes of a broker that was not told otherwise.
  static constexpr std::size_t kUsualCharacters = 4096;
  // The brokers write a commit as one batch, which must stay below message.max.bytes (a mebibyte).
  // This many characters take half of it.
  static constexpr std::size_t kUsualCharactersOfAll = 170'000;

  ConsumerState& state_;
  std::size_t most_characters_ = kUsualCharacters;
  std::size_t most_of_all_ = kUsualCharactersOfAll;
};

}  // namespace tidegate
