// SPDX-License-Identifier: Apache-2.0
//
// Which dead letters are meant. Thread rule: values, [any].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::dlq {

struct DeadLetter;

// A point in time: fixed, or so long ago.
struct Moment {
  enum class Kind : std::uint8_t { fixed, ago } kind = Kind::fixed;
  std::int64_t ms = 0;  // Unix time, or how long ago

  [[nodiscard]] std::int64_t unix_ms(std::int64_t now_ms) const {
    return kind == Kind::fixed ? ms : now_ms - ms;
  }
};

// RFC 3339 ("2024-05-01T00:00:00Z") or a duration ("2h": two hours ago); none: neither.
[[nodiscard]] std::optional<Moment> parse_moment(std::string_view text);

struct Filter {
  std::vector<std::string> kinds{};  // one of these error kinds
  std::optional<Moment> since{};     // written to the dead letter then or later
  std::optional<Moment> until{};     // written before
  std::optional<std::string> key{};  // exactly these bytes
  std::optional<std::string> origin_topic{};
  std::optional<std::int32_t> origin_partition{};
  std::optional<std::int64_t> origin_offset{};
  std::optional<std::string> from_pipeline{};  // as its header says
  // Where the dead letter itself is. REQUIRES: an offset has a partition.
  std::optional<std::int32_t> partition{};
  std::optional<std::int64_t> offset{};

  // Whether every dead letter is meant.
  [[nodiscard]] bool empty() const;
};

// now_ms: Unix milliseconds, the same for all that are judged together.
[[nodiscard]] bool matches(const Filter& filter, const DeadLetter& letter, std::int64_t now_ms);

}  // namespace tidegate::dlq
