// SPDX-License-Identifier: Apache-2.0
//
// One message of a dead-letter topic, and what our headers say of it. Anybody may have written it,
// so each of them may be missing or damaged. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/kafka/held_message.hpp"
#include "host/route/message_headers.hpp"

namespace tidegate::dlq {

inline constexpr std::string_view kUnknown = "unknown";

struct DeadLetter {
  // Takes ownership of a message that consume returned without error.
  explicit DeadLetter(rd_kafka_message_t* raw)
      : topic(rd_kafka_topic_name(raw->rkt)),
        partition(raw->partition),
        offset(raw->offset),
        message(raw),
        ours(header::own(message)) {}

  std::string topic;  // where it lies now
  std::int32_t partition;
  std::int64_t offset;
  kafka::HeldMessage message;
  header::Own ours;  // lives as long as the message

  // Unix milliseconds at which it was written here; -1: unknown.
  [[nodiscard]] std::int64_t timestamp_ms() const { return message.timestamp_ms(); }
  // The value of one of our headers; empty: it is not there.
  [[nodiscard]] std::string_view text(std::string_view name) const {
    const auto found = ours.find(name);
    return found == ours.end() ? std::string_view() : found->second;
  }
  template <class Number>
  [[nodiscard]] std::optional<Number> number(std::string_view name) const {
    return header::number<Number>(text(name));
  }
  // kUnknown where the header is missing.
  [[nodiscard]] std::string_view kind() const { return known(text(header::kErrorKind)); }
  [[nodiscard]] std::string_view pipeline() const { return known(text(header::kPipeline)); }
  [[nodiscard]] std::string_view group() const { return text(header::kGroup); }
  [[nodiscard]] std::uint32_t replays() const {
    return number<std::uint32_t>(header::kReplays).value_or(0);
  }
  // "orders.dlq/0@12": partition and offset, for people.
  [[nodiscard]] std::string place() const {
    return topic + "/" + std::to_string(partition) + "@" + std::to_string(offset);
  }

 private:
  static std::string_view known(std::string_view text) { return text.empty() ? kUnknown : text; }
};

}  // namespace tidegate::dlq
