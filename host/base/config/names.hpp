// SPDX-License-Identifier: Apache-2.0
//
// What Kafka allows as the name of a topic or group, and what an address looks like.
// Each returns what is wrong, for a finding, or none. Thread rule: pure functions, [any].
#pragma once

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
// "<group>.retry.<delay>": a retry topic of any group; "<group>.dlq": its dead letter.
[[nodiscard]] bool is_own_topic(std::string_view topic, std::string_view group);

}  // namespace tidegate::config
