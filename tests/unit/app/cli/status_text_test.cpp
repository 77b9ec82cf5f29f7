// SPDX-License-Identifier: Apache-2.0
//
// What people read of a host's answer, made of the answer itself.
#include "host/app/cli/status_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "host/app/admin/status.hpp"
#include "host/app/cli/control_client.hpp"
#include "host/app/cli/table.hpp"
#include "tests/unit/base/metrics/snapshots.hpp"

namespace tidegate::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

constexpr double kNow = 1'700'000'012;

Json answer_of(const metrics::HostSnapshot& host) { return Json::parse(status_json(host, kNow)); }

// The line of the text that begins with these words, its blanks as one.
std::string line_of(const std::string& text, const std::string& begin) {
  std::size_t at = text.find("\n" + begin);
  if (at == std::string::npos) return "no line begins with: " + begin;
  ++at;
  std::string line;
  for (const char c : text.substr(at, text.find('\n', at) - at)) {
    if (c != ' ' || line.empty() || line.back() != ' ') line += c;
  }
  return line;
}

// example_host with two messages in a retry topic.
metrics::HostSnapshot retrying_host() {
  metrics::HostSnapshot host = metrics::example_host();
  metrics::TopicSnapshot retries;
  retries.topic = "orders-group.retry.1s";
  retries.retry_topic = true;
  retries.consumed = 1'000;
  retries.finished = {7, 0, 3, 0, 0};
  retries.assigned_partitions = 1;
  retries.lag_messages = 2;
  retries.lag_seconds = 61;
  retries.partitions = {{0, 1'000, 1'002, 2}};
  host.pipelines[0].totals.topics.push_back(retries);
  return host;
}

TEST(StatusText, HasOneRowAPipeline) {
  const std::string text = status_text(answer_of(retrying_host()));
  EXPECT_THAT(text, HasSubstr(", ready\n"));
  EXPECT_EQ(line_of(text, "PIPELINE"),
            "PIPELINE STATE CONSUMED OK RETRIED DEAD-LETTERED DROPPED IN FLIGHT LAG BEHIND WAITING "
            "RETRIES");
  EXPECT_EQ(line_of(text, "orders "), "orders running 1,100 87 0 3 5 12 17 400 ms 2");
}

TEST(StatusText, NamesTheOldestCallAndHowLongItRuns) {
  EXPECT_THAT(
      status_text(answer_of(metrics::example_host())),
      HasSubstr("\norders: oldest handler call: orders.v1 partition 0 offset 88, for 12.0 s\n"));
}

TEST(StatusText, SaysWhoPausedAPipelineAndHowItGoesOn) {
  auto host = metrics::example_host();
  host.pipelines[0].state = metrics::PipelineState::paused;
  host.pipelines[0].paused_by_limiter = true;
  std::string text = status_text(answer_of(host));
  EXPECT_THAT(text, AllOf(HasSubstr("paused (limiter)"), HasSubstr("too many messages"),
                          HasSubstr("tidegate resume orders"), Not(HasSubstr("an operator"))));
  host.pipelines[0].paused_by_operator = true;
  text = status_text(answer_of(host));
  EXPECT_THAT(text,
              AllOf(HasSubstr("paused (limiter, operator)"), HasSubstr("an operator paused it")));
}

TEST(StatusText, SaysWhyAPipelineFailedAndAHostIsNotReady) {
  auto host = metrics::example_host();
  host.pipelines[0].state = metrics::PipelineState::failed;
  host.pipelines[0].failure = "no such topic";
  const std::string text = status_text(answer_of(host));
  EXPECT_THAT(text, AllOf(HasSubstr("not ready:\n  pipeline orders failed"),
                          HasSubstr("\norders: failed: no such topic\n")));
}

TEST(StatusText, SaysWhichPartitionsAreNotReadUnlessAllArePaused) {
  auto host = metrics::example_host();
  auto& paused = host.pipelines[0].totals.paused_partitions;
  paused[static_cast<std::size_t>(metrics::PauseReason::dead_letter)] = 2;
  paused[static_cast<std::size_t>(metrics::PauseReason::by_operator)] = 7;
  EXPECT_THAT(status_text(answer_of(host)),
              HasSubstr("\norders: partitions that are not read, by reason: dead_letter 2\n"));
}

TEST(StatusText, NamesThePartitionsOfWhichNothingComes) {
  auto host = metrics::example_host();
  auto& partitions = host.pipelines[0].totals.topics[0].partitions;
  partitions[0].not_read = metrics::PauseReason::unreadable;
  partitions[1].not_read = metrics::PauseReason::backpressure;
  EXPECT_THAT(status_text(answer_of(host)),
              AllOf(HasSubstr("\norders: nothing comes of: orders.v1 partition 0 at offset 90 "
                              "(unreadable); the log's events say why\n"),
                    Not(HasSubstr("partition 1 at"))));
}

TEST(StatusText, TellsOfTheLastReloadAndOfProbation) {
  metrics::HostSnapshot host = metrics::example_host();
  EXPECT_THAT(status_text(answer_of(host)), Not(HasSubstr(" ago: ")));
  metrics::PluginSnapshot& plugin = host.pipelines[0].plugin;
  plugin.last_reload = "orders 1.1 was swapped in for 1.0";
  plugin.last_reload_unix_seconds = kNow - 4;
  EXPECT_THAT(status_text(answer_of(host)),
              HasSubstr("orders: 4.0 s ago: orders 1.1 was swapped in for 1.0\n"));
  plugin.on_probation = true;
  plugin.probation_calls = 1'200;
  plugin.probation_failures = 3;
  plugin.probation_end_unix_seconds = kNow + 56;
  EXPECT_THAT(status_text(answer_of(host)),
              HasSubstr("for 1.0; on probation for 56.0 s, 3 of 1,200 calls failed\n"));
}

TEST(StatusText, WhatIsNotKnownIsADash) {
  auto host = metrics::example_host();
  host.pipelines[0].totals.topics.clear();
  EXPECT_EQ(line_of(status_text(answer_of(host)), "orders "), "orders running 0 0 0 0 0 12 - - -");
}

TEST(LagText, ShowsTopicsOrPartitions) {
  const Json status = answer_of(retrying_host());
  const std::string topics = lag_text(status, Partitions::hidden);
  EXPECT_EQ(line_of("\n" + topics, "PIPELINE"), "PIPELINE TOPIC PARTITIONS LAG BEHIND");
  EXPECT_EQ(line_of(topics, "orders    orders.v1"), "orders orders.v1 2 17 400 ms");
  EXPECT_EQ(line_of(topics, "orders    orders-group"),
            "orders orders-group.retry.1s 1 2 1 min 01 s");
  const std::string each = lag_text(status, Partitions::shown);
  EXPECT_EQ(line_of("\n" + each, "PIPELINE"), "PIPELINE TOPIC PARTITION COMMITTED END LAG");
  EXPECT_EQ(line_of(each, "orders "), "orders orders.v1 0 88 100 12");
  EXPECT_THAT(each, HasSubstr("1          -     5    5\n")) << "no position yet:\n" << each;
}

TEST(LagText, AsFactsHoldsWhatIsShown) {
  const Json facts = lag_facts(answer_of(retrying_host()));
  const Json& pipeline = facts["pipelines"][0];
  EXPECT_EQ(pipeline["group_id"], "orders-group");
  EXPECT_EQ(pipeline["topics"][1]["retry_topic"], true);
  EXPECT_EQ(pipeline["topics"][1]["lag_messages"], 2);
  EXPECT_EQ(pipeline["topics"][0]["partitions"][0]["committed"], 88);
  EXPECT_FALSE(pipeline["topics"][0].contains("consumed"));
}

TEST(ChangeText, TellsTheNewStateAndWhatStillRuns) {
  auto pipeline = metrics::example_host().pipelines[0];
  EXPECT_EQ(change_text(Json::parse(pipeline_json(pipeline, kNow))), "orders: running\n");
  pipeline.state = metrics::PipelineState::paused;
  pipeline.paused_by_operator = true;
  EXPECT_EQ(change_text(Json::parse(pipeline_json(pipeline, kNow))),
            "orders: paused (operator); 3 handler calls still run\n");
}

TEST(Table, AlignsNamesLeftAndFiguresRightAndLeavesNoBlanksBehind) {
  EXPECT_EQ(table({{"NAME", "N", "M"}, {"a", "100", ""}, {"long name", "2", "3"}}, 1),
            "NAME         N  M\n"
            "a          100\n"
            "long name    2  3\n");
  EXPECT_EQ(table({}, 1), "");
}

TEST(PathPart, StaysOnePartOfAPath) {
  EXPECT_EQ(path_part("orders-2_a.b"), "orders-2_a.b");
  EXPECT_EQ(path_part("a/b?c#d%"), "a%2Fb%3Fc%23d%25");
}

}  // namespace
}  // namespace tidegate::cli
