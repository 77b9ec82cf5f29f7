// SPDX-License-Identifier: Apache-2.0
#include "host/route/output.hpp"

#include <span>
#include <string_view>

namespace tidegate {
namespace {

constexpr std::size_t kLongestTopic = 249;  // Kafka's own limit

kafka::Bytes bytes_of(const tidegate_bytes& raw) {
  if (raw.data == nullptr) return {};
  return {static_cast<const char*>(raw.data), raw.size};
}

// Null where there are none, or where one is not a header: `problem` says which.
Headers headers_of(const tidegate_output& raw, std::string& problem) {
  if (raw.header_count == 0) return nullptr;
  Headers made(rd_kafka_headers_new(raw.header_count));
  for (const tidegate_header& header : std::span(raw.headers, raw.header_count)) {
    const kafka::Bytes name = bytes_of(header.name);
    const kafka::Bytes value = bytes_of(header.value);
    if (name.data() == nullptr || name.find('\0') != kafka::Bytes::npos) {
      problem = "the name of a header is absent or holds a NUL";
      return nullptr;
    }
    (void)rd_kafka_header_add(made.get(), name.data(), static_cast<ssize_t>(name.size()),
                              value.data(), static_cast<ssize_t>(value.size()));
  }
  return made;
}

std::size_t bytes_in(const tidegate_output& raw) {
  constexpr std::size_t kAround = 64;  // what librdkafka and we keep beside a header
  std::size_t sum = sizeof(Output) + sizeof(kafka::MessageCopy) + raw.key.size + raw.value.size;
  for (const tidegate_header& header : std::span(raw.headers, raw.header_count))
    sum += kAround + header.name.size + header.value.size;
  return sum;
}

}  // namespace

std::string make_output(const tidegate_output& raw, Output& into) {
  if (!TIDEGATE_HAS(&raw, header_count)) return "the output's struct_size is too small";
  const kafka::Bytes topic = bytes_of(raw.topic);
  if (topic.empty() || topic.size() > kLongestTopic || topic.find('\0') != kafka::Bytes::npos)
    return "the name of its topic is empty, longer than 249 bytes, or holds a NUL";
  if (raw.partition < -1) return "its partition is negative; -1 leaves the choice to its key";
  if (raw.header_count > 0 && raw.headers == nullptr) return "its headers are missing";
  std::string problem;
  into.headers = headers_of(raw, problem);
  if (!problem.empty()) return problem;
  into.topic = topic;
  into.partition = Partition{raw.partition};
  into.message =
      kafka::HeldMessage::copy_of(bytes_of(raw.key), bytes_of(raw.value), raw.timestamp_ms);
  into.bytes = bytes_in(raw);
  return {};
}

}  // namespace tidegate
