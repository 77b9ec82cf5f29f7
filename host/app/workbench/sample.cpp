// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/sample.hpp"

#include <memory>
#include <string_view>
#include <utility>

#include "host/route/copy_headers.hpp"

namespace tidegate::workbench {
namespace {

kafka::Bytes bytes_of(const std::optional<std::string>& text) {
  return text ? kafka::Bytes(*text) : kafka::Bytes();
}

}  // namespace

Item make_item(const Sample& sample) {
  Item item;
  item.offset = Offset{sample.offset};
  item.message = kafka::HeldMessage::copy_of(bytes_of(sample.key), bytes_of(sample.value),
                                             sample.timestamp_ms);
  if (!sample.headers.empty()) {
    Headers headers(rd_kafka_headers_new(sample.headers.size()));
    for (const auto& [name, value] : sample.headers) {
      rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()),
                          value ? value->data() : nullptr,
                          value ? static_cast<ssize_t>(value->size()) : 0);
    }
    item.message.set_headers(headers.release());
  }
  if (sample.attempt > 1) {
    auto origin = std::make_unique<kafka::Origin>();
    origin->topic = sample.topic;
    origin->partition = Partition{sample.partition};
    origin->offset = item.offset;
    origin->timestamp_ms = sample.timestamp_ms;
    origin->attempts = sample.attempt - 1;
    item.message.set_origin(std::move(origin));
  }
  return item;
}

}  // namespace tidegate::workbench
