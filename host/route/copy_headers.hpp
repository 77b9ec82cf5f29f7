// SPDX-License-Identifier: Apache-2.0
//
// The headers that a failed message's copy carries (DESIGN §5): the message's own, untouched and in
// order, then ours. Ours replace their predecessors, so they do not grow from attempt to attempt.
// Thread rule: pure functions, [poll].
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/kafka/handles.hpp"
#include "host/base/kafka/held_message.hpp"
#include "host/base/outcome.hpp"

namespace tidegate {

using Headers = std::unique_ptr<rd_kafka_headers_t, kafka::Deleter<&rd_kafka_headers_destroy>>;

// Who makes copies: the same for all of a pipeline.
struct CopySender {
  std::string pipeline;
  std::string group;
};

// What a copy says of the attempts behind it.
struct CopyFacts {
  ErrorKind kind = ErrorKind::none;
  std::string_view reason;         // any bytes; written as UTF-8 of at most 1 KiB
  std::string_view plugin{};       // name@version that made the last attempt
  std::uint32_t attempts = 0;      // made so far
  std::int64_t not_before_ms = 0;  // Unix milliseconds; 0: the topic's own delay is enough
};

// Whether a header's name is one of ours.
[[nodiscard]] bool is_own_header(std::string_view name);

// What our headers on a message of the group's own retry topic say. Empty when they are not there
// or not to be read: somebody else wrote that message, and it is taken as a first attempt.
[[nodiscard]] std::optional<kafka::Origin> read_origin(const kafka::HeldMessage& message);

// How often `tidegate dlq replay` wrote a message of a source topic there for this group. All that
// counts of our headers on such a topic: without it a message could be replayed for ever.
[[nodiscard]] std::uint32_t replays_before(const kafka::HeldMessage& message,
                                           std::string_view group);

// The copy's headers. Null when the message's own cannot be read: it is damaged.
[[nodiscard]] Headers copy_headers(const kafka::HeldMessage& message, const kafka::Origin& origin,
                                   const CopySender& sender, const CopyFacts& facts);

// Length in bytes of the UTF-8 character at the front, 0 when there is none (RFC 3629).
// REQUIRES: text is not empty.
[[nodiscard]] std::size_t character_at(std::string_view text);
// At most `most` bytes of text, cut between characters; what is not UTF-8 becomes "?".
[[nodiscard]] std::string clean_utf8(std::string_view text, std::size_t most);

}  // namespace tidegate
