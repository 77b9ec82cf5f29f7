// SPDX-License-Identifier: Apache-2.0
//
// Handles dead letters again: writes each to the topic it came from or to its group's retry topic,
// keeps progress only behind acknowledged copies, and ends at the end that was there when it began,
// so that it never chases what fails again. Thread rule: [main].
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <utility>

#include "host/app/dlq/options.hpp"
#include "host/app/dlq/target.hpp"

namespace tidegate::dlq {

struct ReplayReport {
  std::string topic{};
  std::string group{};
  bool exists = true;    // the dead-letter topic
  bool stopped = false;  // before its end, by a signal
  // By topic and error kind; in a dry run what would be written.
  std::map<std::pair<std::string, std::string>, std::uint64_t> replayed{};
  std::uint64_t safe = 0;          // of these: acknowledged, or committed with exactly_once
  std::uint64_t filtered = 0;      // the filters left them out
  std::uint64_t looping = 0;       // replayed max_replays times before
  std::uint64_t unreadable = 0;    // headers that do not say where it came from
  std::uint64_t other_groups = 0;  // dead letters of another group in the same topic

  [[nodiscard]] std::uint64_t total() const;
};

struct ReplayJob {
  const Target& target;
  const Filter& filter;
  const ReplayOptions& options;
  std::chrono::milliseconds timeout;
  std::ostream& notes;               // each dead letter that stays where it is, by its place
  std::function<bool()> stop_asked;  // called often
};

// Fills the report while it works, so that it holds what was done also when this throws:
// Unreachable, BadUsage, or std::runtime_error that says what to mend. Running it again goes on.
void replay(const ReplayJob& job, ReplayReport& report);

void print(std::ostream& out, const ReplayReport& report, const ReplayOptions& options,
           Format format);

}  // namespace tidegate::dlq
