// SPDX-License-Identifier: Apache-2.0
//
// The headers of a message as they are read, and the names of ours, once (DESIGN §5). Thread rule:
// constants and pure functions, [any].
#pragma once

#include <librdkafka/rdkafka.h>

#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <string_view>

#include "host/base/kafka/held_message.hpp"

namespace tidegate::header {

inline constexpr std::string_view kPrefix = "tidegate-";
inline constexpr std::string_view kAttempt = "tidegate-attempt";
inline constexpr std::string_view kOriginTopic = "tidegate-origin-topic";
inline constexpr std::string_view kOriginPartition = "tidegate-origin-partition";
inline constexpr std::string_view kOriginOffset = "tidegate-origin-offset";
inline constexpr std::string_view kOriginTimestamp = "tidegate-origin-timestamp-ms";
inline constexpr std::string_view kFirstFailure = "tidegate-first-failure-ms";
inline constexpr std::string_view kErrorKind = "tidegate-error-kind";
inline constexpr std::string_view kError = "tidegate-error";
inline constexpr std::string_view kPipeline = "tidegate-pipeline";
inline constexpr std::string_view kGroup = "tidegate-group";
inline constexpr std::string_view kPlugin = "tidegate-plugin";
inline constexpr std::string_view kNotBefore = "tidegate-not-before-ms";
inline constexpr std::string_view kReplays = "tidegate-replays";

// Decimal text and nothing else; empty: it is no such number.
template <class Number>
[[nodiscard]] std::optional<Number> number(std::string_view text) {
  Number read{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, read);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return read;
}

struct Header {
  std::string_view name;
  kafka::Bytes value;  // data() is null: absent
};

// Calls visit(Header) for each in order. False when the headers are damaged. What it is given is
// valid as long as the message.
template <class Visit>
bool for_each(const kafka::HeldMessage& message, Visit visit) {
  rd_kafka_headers_t* headers = nullptr;
  const rd_kafka_resp_err_t error = message.headers(&headers);
  if (error == RD_KAFKA_RESP_ERR__NOENT) return true;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    visit(Header{name, {static_cast<const char*>(value), size}});
  return true;
}

using Own = std::map<std::string_view, std::string_view>;
// Ours by name, with a value; of several with one name the last. None where they are damaged.
[[nodiscard]] inline Own own(const kafka::HeldMessage& message) {
  Own found;
  const bool readable = for_each(message, [&](const Header& header) {
    if (header.name.substr(0, kPrefix.size()) == kPrefix && header.value.data() != nullptr)
      found[header.name] = header.value;
  });
  return readable ? found : Own{};
}

inline void add(rd_kafka_headers_t& headers, std::string_view name, kafka::Bytes value) {
  // Can only fail for names longer than any that a message can carry.
  (void)rd_kafka_header_add(&headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size()));
}

}  // namespace tidegate::header
