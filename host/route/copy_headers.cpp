// SPDX-License-Identifier: Apache-2.0
#include "host/route/copy_headers.hpp"

#include <charconv>
#include <map>

namespace tidegate {
namespace {

constexpr std::string_view kPrefix = "tidegate-";
constexpr std::string_view kAttempt = "tidegate-attempt";
constexpr std::string_view kOriginTopic = "tidegate-origin-topic";
constexpr std::string_view kOriginPartition = "tidegate-origin-partition";
constexpr std::string_view kOriginOffset = "tidegate-origin-offset";
constexpr std::string_view kOriginTimestamp = "tidegate-origin-timestamp-ms";
constexpr std::string_view kFirstFailure = "tidegate-first-failure-ms";
constexpr std::string_view kNotBefore = "tidegate-not-before-ms";
constexpr std::string_view kReplays = "tidegate-replays";
constexpr std::size_t kReasonBytes = 1024;
constexpr std::uint32_t kMostAttempts = 2'000'000'000;

struct Header {
  std::string_view name;
  const void* value;
  std::size_t size;
};

// Calls visit(Header) for each in order. False when the headers are damaged.
template <class Visit>
bool for_each_header(const kafka::HeldMessage& message, Visit visit) {
  rd_kafka_headers_t* headers = nullptr;
  const rd_kafka_resp_err_t error = message.headers(&headers);
  if (error == RD_KAFKA_RESP_ERR__NOENT) return true;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    visit(Header{name, value, size});
  return true;
}

template <class Number>
bool read_number(const std::map<std::string_view, std::string_view>& ours, std::string_view name,
                 Number& into) {
  const auto at = ours.find(name);
  if (at == ours.end()) return false;
  const char* const end = at->second.data() + at->second.size();
  Number number{};
  const auto [rest, error] = std::from_chars(at->second.data(), end, number);
  if (error != std::errc{} || rest != end) return false;
  into = number;
  return true;
}

void add(rd_kafka_headers_t& headers, std::string_view name, std::string_view value) {
  // Can only fail for names longer than these.
  (void)rd_kafka_header_add(&headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size()));
}

// Length of the UTF-8 character at the front, 0 when there is none (RFC 3629).
std::size_t character_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies behind the last character.
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return size;
}

}  // namespace

bool is_own_header(std::string_view name) { return name.substr(0, kPrefix.size()) == kPrefix; }

std::string clean_utf8(std::string_view text, std::size_t most) {
  std::string clean;
  while (!text.empty()) {
    const std::size_t size = character_at(text);
    if (clean.size() + std::max<std::size_t>(size, 1) > most) break;
    if (size == 0) clean += '?';
    else clean.append(text.substr(0, size));
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return clean;
}

std::optional<kafka::Origin> read_origin(const kafka::HeldMessage& message) {
  std::map<std::string_view, std::string_view> ours;
  const bool readable = for_each_header(message, [&](const Header& header) {
    if (is_own_header(header.name) && header.value != nullptr)
      ours[header.name] = {static_cast<const char*>(header.value), header.size};
  });
  const auto topic = ours.find(kOriginTopic);
  if (!readable || topic == ours.end()) return std::nullopt;
  kafka::Origin origin;
  origin.topic = topic->second;
  if (!read_number(ours, kAttempt, origin.attempts) ||
      !read_number(ours, kOriginPartition, origin.partition.value) ||
      !read_number(ours, kOriginOffset, origin.offset.value) ||
      !read_number(ours, kOriginTimestamp, origin.timestamp_ms) ||
      !read_number(ours, kFirstFailure, origin.first_failure_ms)) {
    return std::nullopt;
  }
  if (origin.partition.value < 0 || origin.offset.value < 0 || origin.attempts > kMostAttempts)
    return std::nullopt;
  (void)read_number(ours, kNotBefore, origin.not_before_ms);
  (void)read_number(ours, kReplays, origin.replays);
  return origin;
}

Headers copy_headers(const kafka::HeldMessage& message, const kafka::Origin& origin,
                     const CopySender& sender, const CopyFacts& facts) {
  constexpr std::size_t kOwn = 13;
  Headers headers(rd_kafka_headers_new(kOwn));
  const bool readable = for_each_header(message, [&](const Header& header) {
    if (is_own_header(header.name)) return;
    (void)rd_kafka_header_add(headers.get(), header.name.data(),
                              static_cast<ssize_t>(header.name.size()), header.value,
                              static_cast<ssize_t>(header.size));
  });
  if (!readable) return nullptr;
  add(*headers, kAttempt, std::to_string(facts.attempts));
  add(*headers, kOriginTopic, origin.topic);
  add(*headers, kOriginPartition, std::to_string(origin.partition.value));
  add(*headers, kOriginOffset, std::to_string(origin.offset.value));
  add(*headers, kOriginTimestamp, std::to_string(origin.timestamp_ms));
  add(*headers, kFirstFailure, std::to_string(origin.first_failure_ms));
  add(*headers, "tidegate-error-kind", name(facts.kind));
  add(*headers, "tidegate-error", clean_utf8(facts.reason, kReasonBytes));
  add(*headers, "tidegate-pipeline", sender.pipeline);
  add(*headers, "tidegate-group", sender.group);
  add(*headers, "tidegate-plugin", sender.plugin);
  add(*headers, kReplays, std::to_string(origin.replays));
  if (facts.not_before_ms > 0) add(*headers, kNotBefore, std::to_string(facts.not_before_ms));
  return headers;
}

}  // namespace tidegate
