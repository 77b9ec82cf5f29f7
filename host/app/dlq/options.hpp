// SPDX-License-Identifier: Apache-2.0
//
// What `tidegate dlq` is asked for, as values: the command line makes them, tests too. Thread rule:
// values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "host/app/dlq/filter.hpp"
#include "host/route/replay_headers.hpp"

namespace tidegate::dlq {

enum class Format : std::uint8_t { table, json };

// Where the dead letters are: a configuration, or brokers and a topic.
struct Where {
  std::string file;              // empty: where one is looked for by default
  std::vector<std::string> set;  // key=value
  std::string pipeline;          // of the configuration; empty: all
  std::string bootstrap;         // not empty: no configuration is read
  std::string topic;             // with bootstrap
  std::string group;             // with bootstrap; empty: as the dead letters' headers say
  std::chrono::milliseconds timeout{30'000};  // brokers that are silent for so long are not reached
};

enum class Payload : std::uint8_t { text, hex, json, none };

struct ShowOptions {
  Payload payload = Payload::text;
  std::uint64_t limit = 20;  // the newest ones; 0: all
};

struct ReplayOptions {
  ReplayTo to = ReplayTo::origin;
  enum class Write : std::uint8_t { yes, dry_run } write = Write::yes;
  enum class Delivery : std::uint8_t {
    at_least_once,
    exactly_once
  } delivery = Delivery::at_least_once;
  enum class Begin : std::uint8_t { where_it_was, beginning } begin = Begin::where_it_was;
  enum class Timestamp : std::uint8_t { original, now } timestamp = Timestamp::original;
  std::uint32_t per_second = 0;   // 0: as fast as it goes
  std::uint32_t max_replays = 3;  // a dead letter that was replayed more often stays where it is
  std::string progress{};         // a name for the progress of a replay with filters
};

// What a replay may keep of its progress. Without filters everything up to a position was replayed,
// so the position can be kept. With filters it was not: a position kept for all would hide from the
// next replay what the filter left out. So such a replay begins at the beginning each time, unless
// its progress gets a name of its own.
[[nodiscard]] inline bool keeps_progress(const ReplayOptions& options, const Filter& filter) {
  return filter.empty() || !options.progress.empty();
}

}  // namespace tidegate::dlq
