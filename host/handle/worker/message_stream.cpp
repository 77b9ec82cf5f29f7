// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/message_stream.hpp"

#include <memory>
#include <string>
#include <utility>

#include "host/handle/worker/worker_memory.hpp"

namespace tidegate {
namespace {

struct RunHead {
  std::uint32_t count;
  std::int32_t partition;
  MessageWriter::WithHeaders headers;
};

struct ItemHead {
  std::int64_t offset;
  std::int64_t timestamp_ms;
  std::uint32_t lane;  // 0: none; else a number of its own in this run
  std::uint32_t has_origin;
};

struct HeadersHead {
  std::int32_t error;
  std::uint32_t count;
};

struct OriginHead {
  std::int64_t offset;
  std::int64_t timestamp_ms;
  std::int64_t due_ns;
  std::int64_t first_failure_ms;
  std::int32_t partition;
  std::uint32_t attempts;
  std::uint32_t crashes;
};

class WorkerSource final : public PartitionSource {};

// Lanes are only compared in a slot, never looked into.
Lane* lane_of(std::uint32_t number) {
  return reinterpret_cast<Lane*>(static_cast<std::uintptr_t>(number));
}

void write_headers(ByteWriter& out, const kafka::HeldMessage& message) {
  rd_kafka_headers_t* headers = nullptr;
  const rd_kafka_resp_err_t error = message.headers(&headers);
  const std::size_t count = headers == nullptr ? 0 : rd_kafka_header_cnt(headers);
  out.value(HeadersHead{static_cast<std::int32_t>(error), static_cast<std::uint32_t>(count)});
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) {
    (void)rd_kafka_header_get_all(headers, i, &name, &value, &size);
    out.bytes(name);
    out.bytes({static_cast<const char*>(value), size});
  }
}

void read_headers(ByteReader& in, kafka::MessageCopy& parts) {
  const auto head = in.value<HeadersHead>();
  parts.headers_error = static_cast<rd_kafka_resp_err_t>(head.error);
  if (head.count > 0) parts.headers = rd_kafka_headers_new(head.count);
  for (std::uint32_t i = 0; i < head.count && in.ok(); ++i) {
    const kafka::Bytes name = in.bytes();
    const kafka::Bytes value = in.bytes();
    (void)rd_kafka_header_add(parts.headers, name.data(), static_cast<ssize_t>(name.size()),
                              value.data(), static_cast<ssize_t>(value.size()));
  }
}

}  // namespace

MessageWriter::MessageWriter(char* area, const PartitionSource& source, WithHeaders headers)
    : area_(area), headers_(headers), out_(area, kMessageAreaBytes) {
  out_.value(RunHead{0, source.partition.value, headers});
  out_.bytes(source.topic);
}

bool MessageWriter::add(const Item& item) {
  const std::size_t before = out_.size();
  // Messages of a lane stand in a chunk one behind the other.
  if (item.lane != nullptr && item.lane != last_lane_) ++lanes_;
  last_lane_ = item.lane;
  const kafka::Origin* const origin = item.message.origin();
  out_.value(ItemHead{item.offset.value, item.message.timestamp_ms(),
                      item.lane == nullptr ? 0 : lanes_, origin == nullptr ? 0U : 1U});
  out_.bytes(item.message.key());
  out_.bytes(item.message.value());
  if (headers_ == WithHeaders::now) write_headers(out_, item.message);
  if (origin != nullptr) add_origin(origin);
  if (!out_.fits()) {
    out_.rewind(before);
    return false;
  }
  ++count_;
  return true;
}

void MessageWriter::add_origin(const kafka::Origin* origin) {
  out_.value(OriginHead{origin->offset.value, origin->timestamp_ms,
                        origin->due.time_since_epoch().count(), origin->first_failure_ms,
                        origin->partition.value, origin->attempts, origin->crashes});
  out_.bytes(origin->topic);
}

std::size_t MessageWriter::finish() {
  std::memcpy(area_, &count_, sizeof count_);  // RunHead::count
  return out_.size();
}

std::size_t write_late_headers(char* area, std::size_t at, const Chunk& chunk,
                               std::span<const std::uint32_t> messages) {
  ByteWriter out(area + at, kMessageAreaBytes - at);
  std::uint32_t count = 0;
  out.value(count);
  for (const std::uint32_t index : messages) {
    const std::size_t before = out.size();
    write_headers(out, chunk.items[index].message);
    if (!out.fits()) {
      out.rewind(before);
      break;
    }
    ++count;
  }
  if (count > 0) std::memcpy(area + at, &count, sizeof count);
  return out.size();
}

bool MessageRoom::read(const char* area, Chunk& into, kafka::LateHeaders& late) {
  ByteReader in(area, kMessageAreaBytes);
  const auto head = in.value<RunHead>();
  const kafka::Bytes topic = in.bytes();
  if (into.source == nullptr || into.source->topic != topic ||
      into.source->partition.value != head.partition) {
    into.source = std::make_shared<WorkerSource>();
    into.source->topic = topic;
    into.source->partition = Partition{head.partition};
  }
  into.items.clear();
  if (parts_.size() < head.count) parts_.resize(head.count);
  for (std::uint32_t i = 0; i < head.count; ++i) {
    into.items.emplace_back();
    parts_[i].late = head.headers == MessageWriter::WithHeaders::later ? &late : nullptr;
    if (!read_item(in, into.items.back(), parts_[i])) return false;
  }
  count_ = head.count;
  size_ = in.position();
  return in.ok();
}

void MessageRoom::read_late_headers(const char* area) {
  ByteReader in(area + size_, kMessageAreaBytes - size_);
  const auto written = in.value<std::uint32_t>();
  for (std::uint32_t i = 0; i < count_; ++i) {
    if (i < written) read_headers(in, parts_[i]);
    else parts_[i].headers_error = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
  }
}

MessageRoom::~MessageRoom() {
  for (const kafka::BorrowedMessage& parts : parts_) {
    if (parts.headers != nullptr) rd_kafka_headers_destroy(parts.headers);
  }
}

bool MessageRoom::read_item(ByteReader& in, Item& into, kafka::BorrowedMessage& parts) {
  const auto head = in.value<ItemHead>();
  const kafka::Bytes key = in.bytes();
  const kafka::Bytes value = in.bytes();
  into.offset = Offset{head.offset};
  into.lane = lane_of(head.lane);
  if (parts.headers != nullptr) rd_kafka_headers_destroy(parts.headers);
  static_cast<kafka::MessageCopy&>(parts) = {.timestamp_ms = head.timestamp_ms,
                                             .key = key.data(),
                                             .value = value.data(),
                                             .key_size = key.size(),
                                             .value_size = value.size(),
                                             .headers = nullptr,
                                             .headers_error = RD_KAFKA_RESP_ERR__NOENT,
                                             .origin = nullptr};
  into.message = kafka::HeldMessage::borrow(parts);
  if (parts.late == nullptr) read_headers(in, parts);
  if (head.has_origin == 0) return in.ok();
  const auto origin = in.value<OriginHead>();
  parts.origin =
      std::make_unique<kafka::Origin>(kafka::Origin{.topic = std::string(in.bytes()),
                                                    .partition = Partition{origin.partition},
                                                    .offset = Offset{origin.offset},
                                                    .timestamp_ms = origin.timestamp_ms,
                                                    .first_failure_ms = origin.first_failure_ms,
                                                    .due = MonotonicTime(Duration(origin.due_ns)),
                                                    .attempts = origin.attempts,
                                                    .crashes = origin.crashes});
  return in.ok();
}

}  // namespace tidegate
