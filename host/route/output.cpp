// SPDX-License-Identifier: Apache-2.0
#include "host/route/output.hpp"

#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>

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

std::size_t header_bytes(const tidegate_output& raw) {
  constexpr std::size_t kAround = 64;  // what librdkafka and we keep beside a header
  std::size_t sum = 0;
  for (const tidegate_header& header : std::span(raw.headers, raw.header_count))
    sum += kAround + header.name.size + header.value.size;
  return sum;
}

// Copies bytes to `at` and moves it on; absent stays absent.
kafka::Bytes put(kafka::Bytes source, char*& at) {
  if (source.data() == nullptr) return {};
  char* const begin = std::exchange(at, at + source.size());
  std::memcpy(begin, source.data(), source.size());
  return {begin, source.size()};
}

// Empty: it can be sent.
std::string problem_of(const tidegate_output& raw) {
  if (!TIDEGATE_HAS(&raw, header_count)) return "the output's struct_size is too small";
  const kafka::Bytes topic = bytes_of(raw.topic);
  if (topic.empty() || topic.size() > kLongestTopic || topic.find('\0') != kafka::Bytes::npos)
    return "the name of its topic is empty, longer than 249 bytes, or holds a NUL";
  if (raw.partition < -1) return "its partition is negative; -1 leaves the choice to its key";
  if (raw.header_count > 0 && raw.headers == nullptr) return "its headers are missing";
  return {};
}

}  // namespace

void OutputDeleter::operator()(Output* output) const noexcept {
  output->~Output();
  ::operator delete(output);
}

OutputPtr make_output(const tidegate_output& raw, std::string& problem) {
  problem = problem_of(raw);
  if (!problem.empty()) return nullptr;
  Headers headers = headers_of(raw, problem);
  if (!problem.empty()) return nullptr;
  const kafka::Bytes topic = bytes_of(raw.topic);
  const kafka::Bytes key = bytes_of(raw.key);
  const kafka::Bytes value = bytes_of(raw.value);
  const std::size_t size = sizeof(Output) + topic.size() + 1 + key.size() + value.size();
  void* const memory = ::operator new(size);
  OutputPtr made(new (memory) Output{});
  char* at = static_cast<char*>(memory) + sizeof(Output);
  made->topic = put(topic, at).data();
  *at++ = '\0';
  made->key = put(key, at);
  made->value = put(value, at);
  made->headers = std::move(headers);
  made->timestamp_ms = raw.timestamp_ms;
  made->partition = Partition{raw.partition};
  made->bytes = size + header_bytes(raw);
  return made;
}

Outputs& Outputs::operator=(Outputs&& other) noexcept {
  if (this == &other) return *this;
  clear();
  first_ = std::exchange(other.first_, nullptr);
  last_ = std::exchange(other.last_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void Outputs::push_back(OutputPtr output) {
  (last_ == nullptr ? first_ : last_->next) = output.get();
  last_ = output.release();
  ++size_;
}

void Outputs::clear() noexcept {
  while (first_ != nullptr) {
    const OutputPtr ended(first_);
    first_ = ended->next;
  }
  last_ = nullptr;
  size_ = 0;
}

std::uint64_t Outputs::bytes() const {
  std::uint64_t sum = 0;
  for (const Output& output : *this) sum += output.bytes;
  return sum;
}

}  // namespace tidegate
