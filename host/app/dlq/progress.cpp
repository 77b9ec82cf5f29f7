// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/progress.hpp"

#include <stdexcept>

#include "host/base/kafka/offsets.hpp"

namespace tidegate::dlq {
namespace {

constexpr std::chrono::milliseconds kForAnAnswer{1'000};

}  // namespace

void Progress::begin(const Ranges& ranges) {
  for (const auto& [partition, range] : ranges) {
    const Position begin{range.begin};
    partitions_.emplace(partition, One{OffsetTracker(begin), range.end, begin});
  }
}

void Progress::began(const DeadLetter& letter) {
  const Offset offset{letter.offset};
  partitions_.at(letter.partition).tracker.add(offset, offset, letter.timestamp_ms());
}

void Progress::finished(std::int32_t partition, std::int64_t offset) {
  (void)partitions_.at(partition).tracker.finish(Offset{offset}, Offset{offset});
}

void Progress::passed(const DeadLetter& letter) {
  partitions_.at(letter.partition).tracker.skip_to(position_after(Offset{letter.offset}));
}

void Progress::passed_all() {
  for (auto& [partition, one] : partitions_) one.tracker.skip_to(Position{one.end});
}

kafka::PartitionList Progress::to_keep() const {
  kafka::PartitionList list = kafka::make_list(0);
  for (const auto& [partition, one] : partitions_) {
    const Position position = one.tracker.position();
    if (position == one.kept) continue;
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset =
        position.value;
  }
  return list;
}

void Progress::kept() {
  for (auto& [partition, one] : partitions_) one.kept = one.tracker.position();
}

Ranges after_progress(const ReadClient& client, const std::string& topic, Ranges ranges) {
  const kafka::PartitionList list = kafka::make_list(0);
  for (const auto& [partition, range] : ranges)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  auto committed = kafka::committed_offsets(client.get(), list.get(), kForAnAnswer);
  // A group that may not be used is told to the client, and this call waits for what never comes.
  for (const MonotonicTime until = system_clock().now() + client.timeout();
       !committed.ok() && system_clock().now() < until;) {
    client.throw_if_denied();
    committed = kafka::committed_offsets(client.get(), list.get(), kForAnAnswer);
  }
  if (committed.denied)
    throw std::runtime_error("progress on " + topic + " cannot be read: " + committed.error);
  if (!committed.ok()) client.unreachable("progress on " + topic + ": " + committed.error);
  for (auto& [partition, range] : ranges) {
    const auto at = committed.value.find({topic, partition});
    if (at == committed.value.end()) continue;
    // A position behind the end is one of a topic that was made anew.
    if (at->second > range.begin && at->second <= range.end) range.begin = at->second;
  }
  return ranges;
}

}  // namespace tidegate::dlq
