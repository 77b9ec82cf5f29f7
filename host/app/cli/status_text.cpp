// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/status_text.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "host/app/cli/numbers.hpp"
#include "host/app/cli/table.hpp"

namespace tidegate::cli {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

std::uint64_t count_of(const Json& object, const char* name) {
  return object.at(name).get<std::uint64_t>();
}

// "paused (limiter, operator)".
std::string state_of(const Json& pipeline) {
  std::string who;
  for (const auto& by : pipeline.at("paused_by")) {
    who += (who.empty() ? "" : ", ") + by.get<std::string>();
  }
  const auto state = pipeline.at("state").get<std::string>();
  return state == "paused" ? state + " (" + who + ")" : state;
}

std::uint64_t ended(const Json& pipeline, const char* outcome) {
  std::uint64_t sum = 0;
  for (const auto& topic : pipeline.at("topics")) sum += count_of(topic.at("finished"), outcome);
  return sum;
}

std::uint64_t consumed(const Json& pipeline) {
  std::uint64_t sum = 0;
  for (const auto& topic : pipeline.at("topics")) sum += count_of(topic, "consumed");
  return sum;
}

enum class Topics : std::uint8_t { sources, retry_topics };

// Over the topics of a pipeline whose lag is known; empty: of none it is.
struct Lag {
  std::optional<std::uint64_t> messages;
  std::optional<double> seconds;
};
Lag lag_of(const Json& pipeline, Topics which) {
  Lag lag;
  for (const auto& topic : pipeline.at("topics")) {
    if (topic.at("retry_topic").get<bool>() != (which == Topics::retry_topics)) continue;
    const Json& messages = topic.at("lag_messages");
    const Json& seconds = topic.at("lag_seconds");
    if (messages.is_number())
      lag.messages = lag.messages.value_or(0) + messages.get<std::uint64_t>();
    if (seconds.is_number()) lag.seconds = std::max(lag.seconds.value_or(0), seconds.get<double>());
  }
  return lag;
}

std::string messages_or_unknown(const std::optional<std::uint64_t>& messages) {
  return messages ? grouped(*messages) : kUnknown;
}

std::string seconds_or_unknown(const std::optional<double>& seconds) {
  return seconds ? readable_seconds(*seconds) : kUnknown;
}

Row pipeline_row(const Json& pipeline) {
  const Lag lag = lag_of(pipeline, Topics::sources);
  const Lag waiting = lag_of(pipeline, Topics::retry_topics);
  return {pipeline.at("name").get<std::string>(),
          state_of(pipeline),
          grouped(consumed(pipeline)),
          grouped(ended(pipeline, "ok")),
          grouped(ended(pipeline, "retry")),
          grouped(ended(pipeline, "dead_letter")),
          grouped(ended(pipeline, "drop")),
          grouped(count_of(pipeline, "in_flight")),
          messages_or_unknown(lag.messages),
          seconds_or_unknown(lag.seconds),
          messages_or_unknown(waiting.messages)};
}

// Partitions that are not read for another reason than that the whole pipeline is paused.
std::string held_up(const Json& pipeline) {
  std::string text;
  for (const auto& [reason, count] : pipeline.at("paused_partitions").items()) {
    const auto partitions = count.get<std::uint64_t>();
    if (partitions == 0 || reason == "limiter" || reason == "operator") continue;
    text += (text.empty() ? "" : ", ") + reason + " " + grouped(partitions);
  }
  return text;
}

// Partitions of which nothing comes, by name: somebody has to look at each.
std::string standing_still(const Json& pipeline) {
  std::string text;
  for (const auto& topic : pipeline.at("topics")) {
    for (const auto& partition : topic.at("partitions")) {
      const Json& why = partition.at("not_read");
      if (why != "unreadable" && why != "stalled") continue;
      text += (text.empty() ? "" : ", ") + topic.at("topic").get<std::string>() + " partition " +
              std::to_string(partition.at("partition").get<std::int64_t>()) + " at offset " +
              std::to_string(partition.at("reads_at").get<std::int64_t>()) + " (" +
              why.get<std::string>() + ")";
    }
  }
  return text;
}

// What an operator should look at, one fact a line.
std::string remarks(const Json& pipeline) {
  const auto name = pipeline.at("name").get<std::string>();
  std::string text;
  const auto remark = [&](const std::string& what) { text += name + ": " + what + "\n"; };
  if (const Json& failure = pipeline.at("failure"); failure.is_string())
    remark("failed: " + failure.get<std::string>());
  for (const auto& by : pipeline.at("paused_by")) {
    if (by == "limiter") {
      remark(
          "too many messages would become dead letters; mend what fails behind the handler, "
          "then: tidegate resume " +
          name);
    } else {
      remark("an operator paused it; it goes on after: tidegate resume " + name);
    }
  }
  if (const std::string plugin = plugin_remark(pipeline.at("plugin")); !plugin.empty())
    remark(plugin);
  if (const std::string held = held_up(pipeline); !held.empty())
    remark("partitions that are not read, by reason: " + held);
  if (const std::string still = standing_still(pipeline); !still.empty())
    remark("nothing comes of: " + still + "; the log's events say why");
  if (const Json& oldest = pipeline.at("oldest_in_flight"); oldest.is_object()) {
    remark("oldest handler call: " + oldest.at("topic").get<std::string>() + " partition " +
           std::to_string(oldest.at("partition").get<std::int64_t>()) + " offset " +
           std::to_string(oldest.at("offset").get<std::int64_t>()) + ", for " +
           readable_seconds(oldest.at("running_seconds").get<double>()));
  }
  return text;
}

std::string heading(const Json& status) {
  std::string text = "tidegate " + status.at("version").get<std::string>() + ", up " +
                     readable_seconds(status.at("uptime_seconds").get<double>());
  if (status.at("ready").get<bool>()) return text + ", ready\n";
  text += ", not ready:\n";
  for (const auto& reason : status.at("not_ready_reasons"))
    text += "  " + reason.get<std::string>() + "\n";
  return text;
}

}  // namespace

std::string status_text(const Json& status) {
  std::vector<Row> rows = {{"PIPELINE", "STATE", "CONSUMED", "OK", "RETRIED", "DEAD-LETTERED",
                            "DROPPED", "IN FLIGHT", "LAG", "BEHIND", "WAITING RETRIES"}};
  std::string behind;
  for (const auto& pipeline : status.at("pipelines")) {
    rows.push_back(pipeline_row(pipeline));
    behind += remarks(pipeline);
  }
  return heading(status) + "\n" + table(rows, 2) + (behind.empty() ? "" : "\n" + behind);
}

std::string change_text(const Json& pipeline) {
  std::string text = pipeline.at("name").get<std::string>() + ": " + state_of(pipeline);
  const std::uint64_t calls = count_of(pipeline, "handlers_in_flight");
  if (pipeline.at("state") == "paused" && calls > 0) {
    text += "; " + grouped(calls) +
            (calls == 1 ? " handler call still runs" : " handler calls still run");
  }
  return text + "\n";
}

}  // namespace tidegate::cli
