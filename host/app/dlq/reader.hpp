// SPDX-License-Identifier: Apache-2.0
//
// Reads a dead-letter topic from where it is told to the end that was there when it was asked:
// what is written meanwhile is left for the next time. Thread rule: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "host/app/dlq/client.hpp"
#include "host/app/dlq/dead_letter.hpp"
#include "host/base/clock.hpp"

namespace tidegate::dlq {

// Offsets: the first one, and the one behind the last.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};
using Ranges = std::map<std::int32_t, Range>;  // by partition

// All that the topic holds now, up to the end that a reader of committed messages can reach; none:
// there is no such topic. Partitions without a leader are waited for, as long as for brokers.
// Throws Unreachable, or std::runtime_error with the brokers' reason.
[[nodiscard]] std::optional<Ranges> extent_of(const ReadClient& client, const std::string& topic);
// What of these ranges a filter can be about: its partition and offset.
[[nodiscard]] Ranges narrowed(Ranges ranges, const Filter& filter);

// The wait for next() of commands that have nothing else to do meanwhile.
inline constexpr std::chrono::milliseconds kReadWait{100};

class Reader {
 public:
  // The client outlives it, and is read by nobody else meanwhile.
  Reader(ReadClient& client, std::string topic, Ranges ranges);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The next dead letter, or none within the wait. Within a partition they come in order. Throws
  // Unreachable when brokers are silent for the client's timeout, or std::runtime_error.
  [[nodiscard]] std::optional<DeadLetter> next(std::chrono::milliseconds wait);
  // Whether all has been read.
  [[nodiscard]] bool done() const { return open_.empty(); }

 private:
  void end_of(std::int32_t partition);
  void on_error(const rd_kafka_message_t& message);

  ReadClient& client_;
  const std::string topic_;
  Ranges open_;        // partitions that are not read to their end
  Duration silent_{};  // waited in vain
};

}  // namespace tidegate::dlq
