// SPDX-License-Identifier: Apache-2.0
#include "host/route/copy_headers.hpp"

#include "host/route/message_headers.hpp"

namespace tidegate {
namespace {

using namespace header;  // the names of our headers

constexpr std::size_t kReasonBytes = 1024;
constexpr std::uint32_t kMostAttempts = 2'000'000'000;

template <class Number>
bool read_number(const Own& ours, std::string_view name, Number& into) {
  const auto at = ours.find(name);
  if (at == ours.end()) return false;
  const auto number = header::number<Number>(at->second);
  if (number) into = *number;
  return number.has_value();
}

}  // namespace

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
  const Own ours = own(message);
  const auto topic = ours.find(kOriginTopic);
  if (topic == ours.end()) return std::nullopt;
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

std::uint32_t replays_before(const kafka::HeldMessage& message, std::string_view group) {
  const Own ours = own(message);
  const auto whose = ours.find(kGroup);
  std::uint32_t replays = 0;
  if (whose != ours.end() && whose->second == group) (void)read_number(ours, kReplays, replays);
  return replays;
}

Headers copy_headers(const kafka::HeldMessage& message, const kafka::Origin& origin,
                     const CopySender& sender, const CopyFacts& facts) {
  constexpr std::size_t kOwn = 13;
  Headers headers(rd_kafka_headers_new(kOwn));
  const bool readable = for_each(message, [&](const Header& header) {
    if (!is_own_header(header.name)) add(*headers, header.name, header.value);
  });
  if (!readable) return nullptr;
  add(*headers, kAttempt, std::to_string(facts.attempts));
  add(*headers, kOriginTopic, origin.topic);
  add(*headers, kOriginPartition, std::to_string(origin.partition.value));
  add(*headers, kOriginOffset, std::to_string(origin.offset.value));
  add(*headers, kOriginTimestamp, std::to_string(origin.timestamp_ms));
  add(*headers, kFirstFailure, std::to_string(origin.first_failure_ms));
  add(*headers, kErrorKind, name(facts.kind));
  add(*headers, kError, clean_utf8(facts.reason, kReasonBytes));
  add(*headers, kPipeline, sender.pipeline);
  add(*headers, kGroup, sender.group);
  add(*headers, kPlugin, facts.plugin);
  add(*headers, kReplays, std::to_string(origin.replays));
  if (facts.not_before_ms > 0) add(*headers, kNotBefore, std::to_string(facts.not_before_ms));
  return headers;
}

}  // namespace tidegate
