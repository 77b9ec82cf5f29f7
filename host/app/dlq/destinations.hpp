// SPDX-License-Identifier: Apache-2.0
//
// Where replayed dead letters go: each topic is looked at once, before the first message is written
// there, so that what cannot work is said before it is tried. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>

#include "host/app/dlq/client.hpp"
#include "host/base/kafka/origin.hpp"

namespace tidegate::dlq {

struct Destination {
  std::string topic{};
  std::int32_t partitions = 0;
  // Messages with a timestamp older than that are deleted at once; none: kept, or not known.
  std::optional<std::int64_t> retention_ms{};
};

class Destinations {
 public:
  // All outlive it. notes: what the operator should know.
  Destinations(ReadClient& client, const Target& target, const ReplayOptions& options,
               std::ostream& notes)
      : client_(client), target_(target), options_(options), notes_(notes) {}

  // Where a dead letter that came from there goes. Makes the retry topic where it is missing, but
  // not in a dry run. Throws std::runtime_error that names the topic and the cure, or Unreachable.
  // REQUIRES: target.group is not empty.
  [[nodiscard]] const Destination& of(const kafka::Origin& origin);

 private:
  [[nodiscard]] Destination origin_topic(const std::string& topic);
  [[nodiscard]] Destination retry_topic(const std::string& origin);

  ReadClient& client_;
  const Target& target_;
  const ReplayOptions& options_;
  std::ostream& notes_;
  std::map<std::string, Destination> known_;  // by origin topic, or "" for the one retry topic
};

// Whether a message of that time would be deleted where it is to be written.
[[nodiscard]] bool is_too_old(const Destination& to, std::int64_t timestamp_ms,
                              std::int64_t now_ms);

}  // namespace tidegate::dlq
