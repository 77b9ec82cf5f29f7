// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/summary.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/app/cli/numbers.hpp"
#include "host/app/dlq/text.hpp"

namespace tidegate::dlq {
namespace {

void count(Counts& counts, std::string_view name) {
  ++counts[std::string(name.empty() ? kUnknown : name)];
}

nlohmann::ordered_json time_json(const std::optional<std::int64_t>& unix_ms) {
  if (!unix_ms) return nullptr;
  return time_text(*unix_ms);
}

// Names come from headers, which may be any bytes.
nlohmann::ordered_json counts_json(const Counts& counts) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, number] : counts) object[printable(name)] = number;
  return object;
}

}  // namespace

void Summary::add(const DeadLetter& letter) {
  ++messages;
  if (const std::int64_t ms = letter.timestamp_ms(); ms >= 0) {
    oldest_ms = std::min(oldest_ms.value_or(ms), ms);
    newest_ms = std::max(newest_ms.value_or(ms), ms);
  }
  count(kinds, letter.kind());
  count(pipelines, letter.pipeline());
  count(origins, letter.text(header::kOriginTopic));
  count(groups, letter.group());
}

Summary summarize(ReadClient& client, const std::string& topic, const Ranges& ranges,
                  const Filter& filter) {
  Summary summary;
  summary.topic = topic;
  const std::int64_t now_ms = system_clock().wall().time_since_epoch().count();
  Reader reader(client, topic, narrowed(ranges, filter));
  while (!reader.done()) {
    const auto letter = reader.next(kReadWait);
    if (letter && matches(filter, *letter, now_ms)) summary.add(*letter);
  }
  return summary;
}

std::string counts_text(const Counts& counts) {
  std::string text;
  for (const auto& [name, number] : counts)
    text += (text.empty() ? "" : ", ") + printable(name) + " " + cli::grouped(number);
  return text.empty() ? "-" : text;
}

void print(std::ostream& out, const std::vector<Summary>& summaries, Format format) {
  if (format == Format::json) {
    for (const Summary& one : summaries) {
      const nlohmann::ordered_json object = {{"topic", one.topic},
                                             {"exists", one.exists},
                                             {"messages", one.messages},
                                             {"oldest", time_json(one.oldest_ms)},
                                             {"newest", time_json(one.newest_ms)},
                                             {"kinds", counts_json(one.kinds)},
                                             {"pipelines", counts_json(one.pipelines)},
                                             {"origin_topics", counts_json(one.origins)},
                                             {"groups", counts_json(one.groups)}};
      out << object.dump() << "\n";
    }
    return;
  }
  std::vector<std::vector<std::string>> rows = {
      {"TOPIC", "MESSAGES", "OLDEST", "NEWEST", "KINDS", "PIPELINES", "ORIGIN TOPICS"}};
  for (const Summary& one : summaries) {
    rows.push_back({one.topic, one.exists ? cli::grouped(one.messages) : "no such topic",
                    time_text(one.oldest_ms.value_or(-1)), time_text(one.newest_ms.value_or(-1)),
                    counts_text(one.kinds), counts_text(one.pipelines), counts_text(one.origins)});
  }
  out << table(rows);
}

}  // namespace tidegate::dlq
