// SPDX-License-Identifier: Apache-2.0
//
// What `tidegate status`, `lag` and `reload` print for people, made from the JSON that the host
// answers. Facts that a host does not know are "-". Thread rule: pure, [any].
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace tidegate::cli {

// status: the body of GET /api/v1/status. A table of the pipelines, and behind it what an operator
// should look at. Throws nlohmann::json::exception where it is something else.
[[nodiscard]] std::string status_text(const nlohmann::ordered_json& status);

enum class Partitions : std::uint8_t { hidden, shown };
// One row a topic, or a partition; of retry topics what waits there and how late it is.
[[nodiscard]] std::string lag_text(const nlohmann::ordered_json& status, Partitions partitions);
// The same as facts.
[[nodiscard]] nlohmann::ordered_json lag_facts(const nlohmann::ordered_json& status);

// "orders: paused (operator); 2 handler calls still run": pipeline is that of the API.
[[nodiscard]] std::string change_text(const nlohmann::ordered_json& pipeline);

// "orders: orders 1.5.0 instead of 1.4.2, in 31 ms", a line a pipeline: answer is that of a reload.
[[nodiscard]] std::string reload_text(const nlohmann::ordered_json& answer);
// Of the plugin in a pipeline's status: what an operator should know of its last reload; empty:
// nothing.
[[nodiscard]] std::string plugin_remark(const nlohmann::ordered_json& plugin);

}  // namespace tidegate::cli
