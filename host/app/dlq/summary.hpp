// SPDX-License-Identifier: Apache-2.0
//
// What lies in a dead-letter topic, counted: what `dlq list` shows and `dlq purge` asks about.
// Thread rule: a value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "host/app/dlq/options.hpp"
#include "host/app/dlq/reader.hpp"

namespace tidegate::dlq {

using Counts = std::map<std::string, std::uint64_t, std::less<>>;

struct Summary {
  std::string topic{};
  bool exists = true;
  std::uint64_t messages = 0;
  std::optional<std::int64_t> oldest_ms{};  // Unix time at which it was written there
  std::optional<std::int64_t> newest_ms{};
  Counts kinds{};
  Counts pipelines{};
  Counts origins{};  // by origin topic
  Counts groups{};

  void add(const DeadLetter& letter);
};

// Reads all that is in the ranges and counts what the filter lets through. Throws as Reader::next.
[[nodiscard]] Summary summarize(ReadClient& client, const std::string& topic, const Ranges& ranges,
                                const Filter& filter);
// "exception 3, returned_false 9"
[[nodiscard]] std::string counts_text(const Counts& counts);
// JSON: one object a line.
void print(std::ostream& out, const std::vector<Summary>& summaries, Format format);

}  // namespace tidegate::dlq
