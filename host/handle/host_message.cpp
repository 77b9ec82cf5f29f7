// SPDX-License-Identifier: Apache-2.0
#include "host/handle/host_message.hpp"

#include <string>
#include <type_traits>
#include <utility>

namespace tidegate {
namespace {

static_assert(std::is_standard_layout_v<HostMessage>, "the view's address is the message's");

tidegate_bytes to_bytes(kafka::Bytes bytes) { return {bytes.data(), bytes.size()}; }

// False when the headers are damaged.
bool parse_headers(HostMessage& message) {
  rd_kafka_headers_t* parsed = nullptr;
  const rd_kafka_resp_err_t error = message.source->headers(&parsed);
  if (error == RD_KAFKA_RESP_ERR__NOENT) return true;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(parsed, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    message.headers.push_back({{name, std::char_traits<char>::length(name)}, {value, size}});
  }
  return true;
}

}  // namespace

void HostMessage::show(const Item& item, const PartitionSource& partition,
                       std::uint64_t deadline_ns) {
  source = &item.message;
  headers_parsed = false;
  if (emitted()) [[unlikely]] {
    outputs.clear();
    refused.clear();
  }
  view.struct_size = sizeof view;
  view.flags = 0;
  view.key = to_bytes(item.message.key());
  view.value = to_bytes(item.message.value());
  view.deadline_ns = deadline_ns;
  view.attempt = 1;
  if (const kafka::Origin* origin = item.message.origin()) [[unlikely]] {
    view.attempt += origin->attempts + origin->crashes;
    if (origin->crashes > 0) view.flags |= TIDEGATE_MESSAGE_SUSPECT;
    if (origin->elsewhere()) {
      // From a retry topic: the handler sees the message where it came from, in every attempt.
      view.topic = {origin->topic.data(), origin->topic.size()};
      view.offset = origin->offset.value;
      view.timestamp_ms = origin->timestamp_ms;
      view.partition = origin->partition.value;
      return;
    }
  }
  view.topic = {partition.topic.data(), partition.topic.size()};
  view.offset = item.offset.value;
  view.timestamp_ms = item.message.timestamp_ms();
  view.partition = partition.partition.value;
}

std::int32_t emit_output(const tidegate_host*, const tidegate_message* view,
                         const tidegate_output* output) noexcept {
  auto* message = const_cast<HostMessage*>(reinterpret_cast<const HostMessage*>(view));
  try {
    std::string problem;
    if (OutputPtr made = make_output(*output, problem)) {
      message->outputs.push_back(std::move(made));
      return 0;
    }
    if (message->refused.empty()) message->refused = "an emitted message was refused: " + problem;
  } catch (...) {
    // Longer texts would need memory that is not there; this fits into the string itself.
    message->refused = "out of memory";
  }
  return -1;
}

std::int32_t read_headers(const tidegate_host*, const tidegate_message* view,
                          const tidegate_header** headers, std::size_t* count) noexcept {
  // The view is the first member of a HostMessage that is not const: the slot made it.
  auto* message = const_cast<HostMessage*>(reinterpret_cast<const HostMessage*>(view));
  *headers = nullptr;
  *count = 0;
  try {
    if (!message->headers_parsed) {
      message->headers.clear();
      if (!parse_headers(*message)) return -1;
      message->headers_parsed = true;
    }
  } catch (...) {
    return -1;  // no memory
  }
  *headers = message->headers.data();
  *count = message->headers.size();
  return 0;
}

}  // namespace tidegate
