// SPDX-License-Identifier: Apache-2.0
//
// How far a replay has come in each partition of the dead letter: up to the first one whose copy is
// not acknowledged. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "host/app/dlq/reader.hpp"
#include "host/base/kafka/handles.hpp"
#include "host/track/offset_tracker.hpp"

namespace tidegate::dlq {

class Progress {
 public:
  explicit Progress(std::string topic) : topic_(std::move(topic)) {}

  // Once, before all else.
  void begin(const Ranges& ranges);
  // This one is on its way. REQUIRES: in a partition they come in order.
  void began(const DeadLetter& letter);
  // Its copy is acknowledged.
  void finished(std::int32_t partition, std::int64_t offset);
  // This one is not to be replayed, now or by this progress ever.
  void passed(const DeadLetter& letter);
  // All was read: what lies between the last message and the end are markers.
  void passed_all();

  // The positions that have changed since they were last kept; an empty list: none has.
  [[nodiscard]] kafka::PartitionList to_keep() const;
  // What to_keep() said is committed now.
  void kept();

 private:
  struct One {
    OffsetTracker tracker;
    std::int64_t end;
    Position kept;
  };
  const std::string topic_;
  std::map<std::int32_t, One> partitions_;
};

// Where a replay goes on: at the position the group has committed, or at the beginning where it has
// none, or where the dead letters up to there are gone. Throws Unreachable.
[[nodiscard]] Ranges after_progress(const ReadClient& client, const std::string& topic,
                                    Ranges ranges);

}  // namespace tidegate::dlq
