// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/reader.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

#include "host/base/kafka/offsets.hpp"
#include "host/base/kafka/rights.hpp"

namespace tidegate::dlq {
namespace {

using RawMessage = std::unique_ptr<rd_kafka_message_t, kafka::Deleter<&rd_kafka_message_destroy>>;

// At least a moment, so that what is asked can be answered at all.
std::chrono::milliseconds left_until(MonotonicTime deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - system_clock().now());
  return std::max(left, std::chrono::milliseconds(1));
}

// While a partition has no leader.
constexpr std::chrono::milliseconds kAskAgain{100};

kafka::Answer<std::map<kafka::Place, std::int64_t>> edges(const ReadClient& client,
                                                          const std::string& topic,
                                                          std::int32_t partitions,
                                                          std::int64_t which,
                                                          MonotonicTime deadline) {
  const kafka::PartitionList list = kafka::make_list(partitions);
  for (std::int32_t i = 0; i < partitions; ++i)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = which;
  return kafka::list_offsets(client.get(), list.get(), left_until(deadline));
}

}  // namespace

std::optional<Ranges> extent_of(const ReadClient& client, const std::string& topic) {
  const MonotonicTime deadline = system_clock().now() + client.timeout();
  for (;;) {
    // Each time, since librdkafka takes "no leader" for an answer and keeps it.
    const auto found = kafka::topic_partitions(client.get(), topic, left_until(deadline));
    const auto count = found.value.find(topic);
    if (!found.ok() && found.error.find(topic) == 0)
      throw std::runtime_error("topic " + found.error);
    if (!found.ok()) client.unreachable(found.error);
    if (count == found.value.end()) return std::nullopt;
    const auto starts =
        edges(client, topic, count->second, RD_KAFKA_OFFSET_SPEC_EARLIEST, deadline);
    const auto ends = edges(client, topic, count->second, RD_KAFKA_OFFSET_SPEC_LATEST, deadline);
    if (starts.ok() && ends.ok()) {
      Ranges ranges;
      for (const auto& [place, start] : starts.value)
        ranges[place.second] = {start, ends.value.at(place)};
      return ranges;
    }
    if (system_clock().now() >= deadline) {
      client.unreachable("offsets of " + topic + ": " + (starts.ok() ? ends.error : starts.error));
    }
    std::this_thread::sleep_for(kAskAgain);
  }
}

Ranges narrowed(Ranges ranges, const Filter& filter) {
  if (!filter.partition) return ranges;
  std::erase_if(ranges, [&](const auto& one) { return one.first != *filter.partition; });
  if (!filter.offset) return ranges;
  for (auto& [partition, range] : ranges) {
    range.begin = std::max(range.begin, *filter.offset);
    range.end = std::min(range.end, *filter.offset + 1);
  }
  return ranges;
}

Reader::Reader(ReadClient& client, std::string topic, Ranges ranges)
    : client_(client), topic_(std::move(topic)), open_(std::move(ranges)) {
  std::erase_if(open_, [](const auto& one) { return one.second.begin >= one.second.end; });
  const kafka::PartitionList list = kafka::make_list(0);
  for (const auto& [partition, range] : open_) {
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = range.begin;
  }
  const rd_kafka_resp_err_t error = rd_kafka_assign(client_.get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error("topic " + topic_ + " cannot be read: " + kafka::describe(error));
}

Reader::~Reader() { (void)rd_kafka_assign(client_.get(), nullptr); }

std::optional<DeadLetter> Reader::next(std::chrono::milliseconds wait) {
  if (done()) return std::nullopt;
  const MonotonicTime begin = system_clock().now();
  RawMessage message(rd_kafka_consumer_poll(client_.get(), static_cast<int>(wait.count())));
  if (message == nullptr) {
    silent_ += system_clock().now() - begin;
    if (silent_ > client_.timeout()) client_.unreachable("no answer while " + topic_ + " was read");
    return std::nullopt;
  }
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    on_error(*message);
    return std::nullopt;
  }
  silent_ = {};
  const auto open = open_.find(message->partition);
  if (open == open_.end()) return std::nullopt;
  const std::int64_t end = open->second.end;
  if (message->offset + 1 >= end) end_of(message->partition);
  if (message->offset >= end) return std::nullopt;
  return std::optional<DeadLetter>(std::in_place, message.release());
}

// Nothing more is fetched of it.
void Reader::end_of(std::int32_t partition) {
  open_.erase(partition);
  const kafka::PartitionList list = kafka::make_list(1);
  rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition);
  // Where this fails, what comes is discarded.
  (void)rd_kafka_pause_partitions(client_.get(), list.get());
}

void Reader::on_error(const rd_kafka_message_t& message) {
  const auto open = open_.find(message.partition);
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      silent_ = {};
      // Behind the last message there may be markers of transactions.
      if (open != open_.end() && message.offset >= open->second.end) end_of(message.partition);
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      throw std::runtime_error("topic " + topic_ + ", partition " +
                               std::to_string(message.partition) +
                               ": dead letters were deleted while they were read; run it again");
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      throw std::runtime_error("topic " + topic_ +
                               " cannot be read: " + kafka::describe(message.err) +
                               kafka::cure_of(client_.get(), message.err, topic_));
    default: return;  // the client goes on trying, within the timeout
  }
}

}  // namespace tidegate::dlq
