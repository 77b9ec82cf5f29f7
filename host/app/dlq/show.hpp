// SPDX-License-Identifier: Apache-2.0
//
// Single dead letters as `dlq show` prints them: place, time, what our headers say, the message's
// own headers apart from them, key and payload. Thread rule: [main].
#pragma once

#include <ostream>
#include <string>

#include "host/app/dlq/options.hpp"
#include "host/app/dlq/reader.hpp"

namespace tidegate::dlq {

// A block of lines that ends with an empty one.
[[nodiscard]] std::string block_of(const DeadLetter& letter, Payload payload);
// One JSON object without a newline.
[[nodiscard]] std::string json_of(const DeadLetter& letter, Payload payload);

// How many there were, and how many of them were printed.
struct Shown {
  std::uint64_t printed = 0;
  std::uint64_t matching = 0;
};
// Prints the newest `limit` that the filter lets through, the oldest of them first; without a limit
// all, as they are read. Holds no more than `limit` in memory. Throws as Reader::next.
[[nodiscard]] Shown show(std::ostream& out, ReadClient& client, const std::string& topic,
                         const Ranges& ranges, const Filter& filter, const ShowOptions& options,
                         Format format);

}  // namespace tidegate::dlq
