// SPDX-License-Identifier: Apache-2.0
//
// What a group's own topics must be like (DESIGN §5): the configuration they are made with, what is
// wrong with one that is there, and the words and commands for it. Nothing here asks a broker.
// Thread rule: pure functions and values, [any].
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate {

struct OwnTopic {
  std::string name;
  enum class Kind : std::uint8_t { retry, dead_letter } kind;
};

// Name to value, as the brokers print them.
using TopicConfigs = std::map<std::string, std::string, std::less<>>;

// What is known of the topics that the pipeline consumes.
struct SourceTopics {
  std::int32_t partitions = 0;                    // the largest count; 0: none of them exists
  std::optional<std::int64_t> max_message_bytes;  // the largest; none: not known
  std::optional<std::int64_t> retention_ms;       // the longest, -1: unlimited; none: not known

  // Takes one more source topic into account. What is missing or no number is left out.
  void add(const TopicConfigs& source);
};

// The configuration to make such a topic with. max.message.bytes is left to the broker where that
// of the sources is not known: its own default is a better guess than any number of ours.
[[nodiscard]] TopicConfigs wanted_configs(OwnTopic::Kind kind, const SourceTopics& sources);

struct RetentionGap {
  std::int64_t found_ms;
  std::int64_t wanted_ms;  // -1: unlimited
};

struct Judgement {
  std::string problem;                      // empty: it fits. Else topic, what is wrong, the cure
  std::optional<RetentionGap> short_lived;  // works, but messages vanish sooner than they should
};

// Judges a topic that is there by its configuration. What `found` lacks is not judged.
[[nodiscard]] Judgement judge(const OwnTopic& topic, const SourceTopics& sources,
                              const TopicConfigs& found);

// Commands to paste, of the tools that come with Kafka; <broker> is the reader's to fill in.
// replication_factor -1: the broker's default.
[[nodiscard]] std::string create_command(const OwnTopic& topic, const SourceTopics& sources,
                                         std::int32_t replication_factor);
[[nodiscard]] std::string alter_command(std::string_view topic, const TopicConfigs& configs);

// Why the pipeline cannot start: these topics are missing and are not to be made here.
[[nodiscard]] std::string missing_problem(const std::vector<OwnTopic>& missing,
                                          const SourceTopics& sources,
                                          std::int32_t replication_factor);
// The brokers refused to make these, all for one reason, which is the brokers' own text.
[[nodiscard]] std::string refused_problem(const std::vector<OwnTopic>& refused,
                                          const SourceTopics& sources,
                                          std::int32_t replication_factor,
                                          rd_kafka_resp_err_t error, std::string reason);
// The brokers do not let us look at it, and why.
[[nodiscard]] std::string access_problem(const OwnTopic& topic, rd_kafka_resp_err_t error);
// Warnings: nothing is wrong yet.
void log_unchecked(const std::string& topic, rd_kafka_resp_err_t error);
void log_short_lived(const OwnTopic& topic, const RetentionGap& gap);
// "retry topic orders.retry.1s": how every message names it.
[[nodiscard]] std::string title(const OwnTopic& topic);

// The state behind this error ends by itself, so asking again may help. Anything else is an answer.
[[nodiscard]] bool is_passing(rd_kafka_resp_err_t error);

}  // namespace tidegate
