// SPDX-License-Identifier: Apache-2.0
//
// Loads configurations from text, with an environment of the test's own. Thread rule: one thread.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/config/load.hpp"

namespace tidegate::config::testing {

using Variables = std::map<std::string, std::string>;

inline Environment environment_of(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) {
    const auto at = variables.find(name);
    return at == variables.end() ? std::optional<std::string>() : at->second;
  };
}

inline LoadResult load(std::string_view text, const std::vector<std::string>& overrides = {},
                       Variables variables = {}) {
  return load_text(text, "t.toml", "/etc/tidegate", overrides,
                   environment_of(std::move(variables)));
}

// A good configuration of one pipeline; `more` goes to the end of [pipelines.orders].
inline std::string good(std::string_view more = "") {
  return R"(config_version = 1
[clusters.main]
bootstrap_servers = ["kafka-1:9092"]
[pipelines.orders]
group_id = "orders"
topics = ["orders.v1"]
plugin.path = "orders.so"
)" + std::string(more);
}
// Where `more` begins.
inline constexpr std::uint32_t kMoreLine = 8;

// All findings, rendered: what a failing test should show.
inline std::string rendered(const LoadResult& result) {
  std::string text;
  for (const Finding& finding : result.findings) text += render(finding);
  return text;
}

// "12:3 pipelines.orders.topics: message", without quote and caret.
inline std::vector<std::string> lines(const LoadResult& result) {
  std::vector<std::string> list;
  for (const Finding& f : result.findings) {
    list.push_back(std::to_string(f.line) + ':' + std::to_string(f.column) + ' ' + f.path + ": " +
                   f.message);
  }
  return list;
}

// The only finding; a test that gets more or none fails with all of them.
inline Finding only_finding(const LoadResult& result) {
  EXPECT_EQ(result.findings.size(), 1U) << rendered(result);
  return result.findings.empty() ? Finding() : result.findings.front();
}

// What is wrong with a configuration that is good but for these lines.
inline std::string complaint(std::string_view more) {
  return only_finding(load(good(more))).message;
}

// The pipeline of a configuration that must be good.
inline Pipeline only_pipeline(const LoadResult& result) {
  EXPECT_TRUE(result.host.has_value()) << rendered(result);
  EXPECT_TRUE(result.findings.empty()) << rendered(result);
  return result.host && !result.host->pipelines.empty() ? result.host->pipelines.front()
                                                        : Pipeline();
}

}  // namespace tidegate::config::testing
