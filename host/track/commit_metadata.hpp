// SPDX-License-Identifier: Apache-2.0
//
// The metadata that goes with a committed position: "tidegate1:" and a printable container.
//
//   container = checksum (4 bytes), section ...      section = tag (1), length (3), content
//   tag 0 ends it · 1 is the crash counts · 2 is the resume map · 3 is the id of the topic
//
// The id comes first: without it the position may be taken for one in another topic of this name.
// Then the crash counts; the map takes what room is left. Readers pass over tags that they do not
// know, and the next commit drops them: what a section means may change with the position, so only
// who knows it may carry it on. What changes the meaning of a known tag gets another number behind
// "tidegate".
//
// The checksum covers the place as well: metadata counts for the cluster, group, topic, partition
// and position that it was written for and for nothing else. Tools that copy positions to another
// group or cluster, or move them, must not make us skip what was never handled there. Thread rule:
// [any].
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "host/track/finished_ranges.hpp"

namespace tidegate {

// What metadata belongs to. Views: valid during a call.
struct MetadataPlace {
  std::string_view cluster_id;
  std::string_view group_id;
  std::string_view topic;
  Partition partition;
  Position position;
};

struct CommitMetadata {
  std::string text;            // empty: there is nothing to say
  std::size_t characters = 0;  // as brokers count them
  Position covered;            // of what is finished from here on it says nothing, for want of room
};

// topic: that was read; left out where it is not known. crash_counts: encoded (crash_counts.hpp).
// Either is left out where there is no room for it.
[[nodiscard]] CommitMetadata write_commit_metadata(const MetadataPlace& place, TopicId topic,
                                                   std::string_view crash_counts,
                                                   const FinishedRanges& finished,
                                                   std::size_t most_characters);
// What an earlier owner finished above the position. Empty where the text is not ours, not of this
// place, or damaged; no text at all says that nothing is finished there.
[[nodiscard]] std::optional<FinishedRanges> read_commit_metadata(const MetadataPlace& place,
                                                                 std::string_view text);
// The topic whose position it is; not known where nobody said so, or the text is not sound.
[[nodiscard]] TopicId read_topic_id(const MetadataPlace& place, std::string_view text);
// The crash counts in it, encoded; empty where there are none, or the text is not sound.
[[nodiscard]] std::string read_crash_counts(const MetadataPlace& place, std::string_view text);

}  // namespace tidegate
