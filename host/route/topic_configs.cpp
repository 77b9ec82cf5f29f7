// SPDX-License-Identifier: Apache-2.0
#include "host/route/topic_configs.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "host/base/kafka/rights.hpp"
#include "host/base/log.hpp"

namespace tidegate {
namespace {

using Kind = OwnTopic::Kind;

constexpr std::string_view kTimestampType = "message.timestamp.type";
constexpr std::string_view kMaxMessageBytes = "max.message.bytes";
constexpr std::string_view kRetentionMs = "retention.ms";
constexpr std::string_view kCleanupPolicy = "cleanup.policy";

constexpr std::int64_t kUnlimited = -1;
constexpr std::int64_t kWeekMs = std::int64_t{7} * 24 * 60 * 60 * 1000;
// Room for our headers: a copy is larger than its message.
constexpr std::int64_t kHeaderBytes = 65'536;
// The property is a signed 32-bit number.
constexpr std::int64_t kMostBytes = std::numeric_limits<std::int32_t>::max();

std::optional<std::string_view> text(const TopicConfigs& configs, std::string_view name) {
  const auto found = configs.find(name);
  if (found == configs.end()) return std::nullopt;
  return found->second;
}

std::optional<std::int64_t> number(const TopicConfigs& configs, std::string_view name) {
  const auto value = text(configs, name);
  std::int64_t result = 0;
  if (!value || value->empty()) return std::nullopt;
  const char* const end = value->data() + value->size();
  const auto [stop, error] = std::from_chars(value->data(), end, result);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return result;
}

std::int64_t longer(std::int64_t one_ms, std::int64_t other_ms) {
  if (one_ms < 0 || other_ms < 0) return kUnlimited;
  return std::max(one_ms, other_ms);
}

std::int64_t wanted_retention_ms(Kind kind, const SourceTopics& sources) {
  if (kind == Kind::dead_letter) return kUnlimited;
  return longer(sources.retention_ms.value_or(0), kWeekMs);
}

std::optional<RetentionGap> retention_gap(Kind kind, const SourceTopics& sources,
                                          const TopicConfigs& found) {
  // Without "delete" in its policy a topic keeps everything, whatever its retention says.
  if (text(found, kCleanupPolicy).value_or("delete").find("delete") == std::string_view::npos)
    return std::nullopt;
  const auto kept = number(found, kRetentionMs);
  if (!kept || *kept < 0) return std::nullopt;
  const std::int64_t wanted = wanted_retention_ms(kind, sources);
  if (wanted >= 0 && *kept >= wanted) return std::nullopt;
  return RetentionGap{*kept, wanted};
}

// "retry topic a, dead letter topic b do not exist"
std::string not_there(const std::vector<OwnTopic>& topics) {
  std::string titles;
  for (const OwnTopic& topic : topics) titles += (titles.empty() ? "" : ", ") + title(topic);
  return titles + (topics.size() == 1 ? " does not exist" : " do not exist");
}

// Joined so that all of them can be pasted at once.
std::string create_commands(const std::vector<OwnTopic>& topics, const SourceTopics& sources,
                            std::int32_t replication_factor) {
  std::string commands;
  for (const OwnTopic& topic : topics) {
    commands +=
        (commands.empty() ? "" : " && ") + create_command(topic, sources, replication_factor);
  }
  return commands;
}

}  // namespace

void SourceTopics::add(const TopicConfigs& source) {
  if (const auto bytes = number(source, kMaxMessageBytes))
    max_message_bytes = std::max(max_message_bytes.value_or(0), *bytes);
  if (const auto kept = number(source, kRetentionMs))
    retention_ms = longer(retention_ms.value_or(0), *kept);
}

TopicConfigs wanted_configs(Kind kind, const SourceTopics& sources) {
  TopicConfigs wanted;
  const auto set = [&](std::string_view name, std::string value) {
    wanted.emplace(name, std::move(value));
  };
  set(kCleanupPolicy, "delete");
  set(kRetentionMs, std::to_string(wanted_retention_ms(kind, sources)));
  if (sources.max_message_bytes) {
    // Compared before it is added to: the sum must not leave the property's range.
    const std::int64_t largest = std::min(*sources.max_message_bytes, kMostBytes - kHeaderBytes);
    set(kMaxMessageBytes, std::to_string(largest + kHeaderBytes));
  }
  if (kind == Kind::retry) set(kTimestampType, "LogAppendTime");
  return wanted;
}

Judgement judge(const OwnTopic& topic, const SourceTopics& sources, const TopicConfigs& found) {
  const TopicConfigs wanted = wanted_configs(topic.kind, sources);
  std::string complaints;
  TopicConfigs cure;
  const auto complain = [&](std::string_view name, std::string_view why) {
    if (!complaints.empty()) complaints += ", ";
    complaints.append(name).append(" is ").append(*text(found, name)).append(", ").append(why);
    cure.emplace(name, *text(wanted, name));
  };
  const auto policy = text(found, kCleanupPolicy);
  if (policy && policy->find("compact") != std::string_view::npos) {
    complain(kCleanupPolicy,
             "not delete (messages without a key would be refused, and of several copies with one "
             "key all but the last would vanish)");
  }
  const auto type = text(found, kTimestampType);
  if (topic.kind == Kind::retry && type && *type != "LogAppendTime") {
    complain(kTimestampType,
             "not LogAppendTime (a copy of an old message would be deleted at once, and no copy "
             "would be due at the right time)");
  }
  const auto bytes = number(found, kMaxMessageBytes);
  if (bytes && sources.max_message_bytes && *bytes < *sources.max_message_bytes) {
    complain(kMaxMessageBytes,
             "less than the " + std::to_string(*sources.max_message_bytes) +
                 " of a source topic (copies of large messages would be refused)");
  }
  Judgement judgement;
  if (!complaints.empty()) {
    judgement.problem =
        title(topic) + ": " + complaints + "; mend it: " + alter_command(topic.name, cure);
  }
  judgement.short_lived = retention_gap(topic.kind, sources, found);
  return judgement;
}

std::string create_command(const OwnTopic& topic, const SourceTopics& sources,
                           std::int32_t replication_factor) {
  std::string command = "kafka-topics.sh --bootstrap-server <broker> --create --topic " +
                        topic.name + " --partitions " + std::to_string(sources.partitions);
  if (replication_factor > 0)
    command += " --replication-factor " + std::to_string(replication_factor);
  for (const auto& [name, value] : wanted_configs(topic.kind, sources))
    command.append(" --config ").append(name).append("=").append(value);
  return command;
}

std::string alter_command(std::string_view topic, const TopicConfigs& configs) {
  std::string command =
      "kafka-configs.sh --bootstrap-server <broker> --alter --entity-type topics --entity-name ";
  command += topic;
  std::string_view before = " --add-config ";
  for (const auto& [name, value] : configs) {
    command.append(before).append(name).append("=").append(value);
    before = ",";
  }
  return command;
}

std::string missing_problem(const std::vector<OwnTopic>& missing, const SourceTopics& sources,
                            std::int32_t replication_factor) {
  return not_there(missing) + ", and retry.create_topics is false; set it to true, or run: " +
         create_commands(missing, sources, replication_factor);
}

std::string refused_problem(const std::vector<OwnTopic>& refused, const SourceTopics& sources,
                            std::int32_t replication_factor, rd_kafka_resp_err_t error,
                            std::string reason) {
  if (!reason.empty() && reason.back() == '.') reason.pop_back();
  std::string problem = not_there(refused) + ", and the brokers refuse to create " +
                        (refused.size() == 1 ? "it: " : "them: ") + reason;
  if (kafka::is_denied(error)) {
    problem += "; the account of this host needs Create: ";
    std::string_view before;
    for (const OwnTopic& topic : refused) {
      problem.append(before).append(
          kafka::grant_command({kafka::Right::On::topic, topic.name, {"Create"}}));
      before = " && ";
    }
    problem += "; or let";
  } else {
    problem += "; remove that cause, or let";
  }
  return problem +
         " an account that may run: " + create_commands(refused, sources, replication_factor);
}

std::string access_problem(const OwnTopic& topic, rd_kafka_resp_err_t error) {
  std::string problem = title(topic) + ": " + kafka::describe(error);
  if (kafka::is_denied(error)) {
    kafka::Right right{kafka::Right::On::topic, topic.name, {"Create", "DescribeConfigs", "Write"}};
    if (topic.kind == Kind::retry) right.operations.emplace_back("Read");
    problem += kafka::cure(right);
  }
  return problem;
}

void log_unchecked(const std::string& topic, rd_kafka_resp_err_t error) {
  const kafka::Right right{kafka::Right::On::topic, topic, {"DescribeConfigs"}};
  log::warn("own_topics_unchecked",
            "the configuration of a topic may not be read, so the group's own topics are used "
            "unchecked",
            {{"topic", topic}, {"error", kafka::describe(error) + kafka::cure(right)}});
}

void log_short_lived(const OwnTopic& topic, const RetentionGap& gap) {
  log::warn(
      "own_topic_retention",
      "a topic of the group keeps messages for less time than it should (-1: for ever)",
      {{"topic", topic.name},
       {"retention_ms", gap.found_ms},
       {"wanted_ms", gap.wanted_ms},
       {"cure",
        alter_command(topic.name, {{std::string(kRetentionMs), std::to_string(gap.wanted_ms)}})}});
}

std::string title(const OwnTopic& topic) {
  return (topic.kind == Kind::retry ? "retry topic " : "dead letter topic ") + topic.name;
}

bool is_passing(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__DESTROY_BROKER:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_UNKNOWN:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED: return true;
    default: return false;
  }
}

}  // namespace tidegate
