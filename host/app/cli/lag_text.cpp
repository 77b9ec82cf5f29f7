// SPDX-License-Identifier: Apache-2.0
//
// The part of status_text.hpp that `tidegate lag` prints.
#include <nlohmann/json.hpp>
#include <vector>

#include "host/app/cli/numbers.hpp"
#include "host/app/cli/status_text.hpp"
#include "host/app/cli/table.hpp"

namespace tidegate::cli {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

constexpr const char* kFootnote =
    "\nOf the partitions that this host has; those of other hosts of the group are theirs to "
    "tell.\nA retry topic: LAG is what waits there, BEHIND how long the first is overdue.\n";

std::string count_or_unknown(const Json& count) {
  return count.is_number() ? grouped(count.get<std::int64_t>()) : kUnknown;
}

std::string offset_or_unknown(const Json& offset) {
  return offset.is_number() ? std::to_string(offset.get<std::int64_t>()) : kUnknown;
}

Row topic_row(const Json& pipeline, const Json& topic) {
  const Json& seconds = topic.at("lag_seconds");
  return {pipeline.at("name").get<std::string>(), topic.at("topic").get<std::string>(),
          grouped(topic.at("assigned_partitions").get<std::uint64_t>()),
          count_or_unknown(topic.at("lag_messages")),
          seconds.is_number() ? readable_seconds(seconds.get<double>()) : kUnknown};
}

Row partition_row(const Json& pipeline, const Json& topic, const Json& partition) {
  return {pipeline.at("name").get<std::string>(),
          topic.at("topic").get<std::string>(),
          std::to_string(partition.at("partition").get<std::int64_t>()),
          offset_or_unknown(partition.at("committed")),
          offset_or_unknown(partition.at("end")),
          count_or_unknown(partition.at("lag_messages"))};
}

}  // namespace

std::string lag_text(const Json& status, Partitions partitions) {
  const bool each = partitions == Partitions::shown;
  std::vector<Row> rows = {each ? Row{"PIPELINE", "TOPIC", "PARTITION", "COMMITTED", "END", "LAG"}
                                : Row{"PIPELINE", "TOPIC", "PARTITIONS", "LAG", "BEHIND"}};
  for (const auto& pipeline : status.at("pipelines")) {
    for (const auto& topic : pipeline.at("topics")) {
      if (!each) rows.push_back(topic_row(pipeline, topic));
      if (!each) continue;
      for (const auto& partition : topic.at("partitions"))
        rows.push_back(partition_row(pipeline, topic, partition));
    }
  }
  return table(rows, 2) + kFootnote;
}

Json lag_facts(const Json& status) {
  auto pipelines = Json::array();
  for (const auto& pipeline : status.at("pipelines")) {
    auto topics = Json::array();
    for (const auto& topic : pipeline.at("topics")) {
      auto& fact = topics.emplace_back(Json::object());
      for (const char* name : {"topic", "retry_topic", "assigned_partitions", "lag_messages",
                               "lag_seconds", "partitions"}) {
        fact[name] = topic.at(name);
      }
    }
    pipelines.push_back({{"name", pipeline.at("name")},
                         {"group_id", pipeline.at("group_id")},
                         {"state", pipeline.at("state")},
                         {"topics", std::move(topics)}});
  }
  return {{"pipelines", std::move(pipelines)}};
}

}  // namespace tidegate::cli
