// SPDX-License-Identifier: Apache-2.0
//
// What Kafka allows as the name of a topic or group, what an address looks like, and what the
// topics of a group of ours are called. A NameProblem says what is wrong, for a finding, or none.
// Thread rule: pure functions, [any].
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::config {

using NameProblem = std::optional<std::string>;

[[nodiscard]] NameProblem topic_problem(std::string_view topic);
[[nodiscard]] NameProblem group_problem(std::string_view group);
// A pattern of topics_regex (topic_pattern.hpp).
[[nodiscard]] NameProblem regex_problem(const std::string& pattern);
// "host:port" or "[v6]:port" with a port from lowest_port; without port where lowest_port is none.
[[nodiscard]] NameProblem address_problem(std::string_view address,
                                          std::optional<std::uint16_t> lowest_port);
// Whether it is "<group>.retry.<delay>" or "<group>.dlq" of this very group.
[[nodiscard]] bool is_own_topic(std::string_view topic, std::string_view group);
// Whether a name is that of a retry topic of any group.
[[nodiscard]] bool is_retry_topic(std::string_view topic);

// A delay as it stands in the name of its topic: one number with the largest unit that divides it
// ("60s" is "1m", "1500ms" stays). The same as format_duration (units.hpp).
[[nodiscard]] std::string canonical_delay(std::chrono::milliseconds delay);
// "<group>.retry.<delay>". Legal where topic_problem says so.
[[nodiscard]] std::string retry_topic(const std::string& group_id, std::chrono::milliseconds delay);
// "<group>.dlq": where dead letters go unless dead_letter.topic says otherwise.
[[nodiscard]] std::string default_dead_letter(const std::string& group_id);

}  // namespace tidegate::config
