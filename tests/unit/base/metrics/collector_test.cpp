// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/collector.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/base/metrics/snapshots.hpp"

namespace tidegate::metrics {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::map<std::string, prometheus::MetricFamily> by_name(const HostSnapshot& host) {
  std::map<std::string, prometheus::MetricFamily> families;
  for (auto& family : collect(host)) {
    const auto name = family.name;
    EXPECT_TRUE(families.emplace(name, std::move(family)).second) << "family twice: " << name;
  }
  return families;
}

// The values of one label over all series of a family.
std::set<std::string> values_of(const prometheus::MetricFamily& family, const std::string& label) {
  std::set<std::string> values;
  for (const auto& metric : family.metric) {
    for (const auto& l : metric.label) {
      if (l.name == label) values.insert(l.value);
    }
  }
  return values;
}

TEST(Collector, EveryFamilyHasHelpAndNoSeriesTwice) {
  for (const auto& family : collect(example_host())) {
    EXPECT_FALSE(family.help.empty()) << family.name;
    EXPECT_EQ(family.help.find('\n'), std::string::npos) << family.name;
    auto series = family.metric;
    for (std::size_t i = 0; i < series.size(); ++i) {
      for (std::size_t j = i + 1; j < series.size(); ++j) {
        EXPECT_NE(series[i].label, series[j].label) << family.name;
      }
    }
  }
}

TEST(Collector, CountersEndInTotalAndNothingElseDoes) {
  for (const auto& family : collect(example_host())) {
    EXPECT_EQ(family.name.ends_with("_total"), family.type == prometheus::MetricType::Counter)
        << family.name;
  }
}

TEST(Collector, EnumerationsAreCompleteFromTheFirstScrape) {
  auto host = example_host();
  host.pipelines = {PipelineSnapshot{}};
  host.pipelines[0].name = "idle";
  host.pipelines[0].totals.topics.resize(1);
  const auto families = by_name(host);
  using Set = std::set<std::string>;
  EXPECT_EQ(values_of(families.at("tidegate_messages_finished_total"), "outcome"),
            Set(kOutcomeNames.begin(), kOutcomeNames.end()));
  EXPECT_EQ(values_of(families.at("tidegate_handler_calls_total"), "kind"),
            Set(kErrorKindNames.begin(), kErrorKindNames.begin() + kCallKindCount));
  EXPECT_EQ(values_of(families.at("tidegate_messages_given_back_total"), "reason"),
            Set(kGivenBackNames.begin(), kGivenBackNames.end()));
  EXPECT_EQ(values_of(families.at("tidegate_paused_partitions"), "reason"),
            Set(kPauseReasonNames.begin(), kPauseReasonNames.end()));
  EXPECT_EQ(values_of(families.at("tidegate_rebalances_total"), "type"),
            Set({"assigned", "revoked", "lost"}));
  EXPECT_EQ(values_of(families.at("tidegate_commits_total"), "result"), Set({"ok", "error"}));
  EXPECT_EQ(values_of(families.at("tidegate_log_messages_total"), "level"),
            Set({"error", "warn", "info", "debug"}));
  EXPECT_TRUE(
      values_of(families.at("tidegate_kafka_errors_total"), "error").contains("_ALL_BROKERS_DOWN"));
}

TEST(Collector, ShowsExactlyOneStateOfAPipeline) {
  const auto text = to_text(example_host());
  EXPECT_THAT(text,
              HasSubstr("tidegate_pipeline_state{pipeline=\"orders\",state=\"running\"} 1\n"));
  for (const auto* other : {"starting", "paused", "draining", "failed", "stopped"}) {
    EXPECT_THAT(text, HasSubstr("state=\"" + std::string(other) + "\"} 0\n"));
  }
}

TEST(Collector, TheLedgerAddsUpOnThePage) {
  const auto families = by_name(example_host());
  const auto sum = [&](const std::string& name, bool gauge) {
    double total = 0;
    for (const auto& m : families.at(name).metric) total += gauge ? m.gauge.value : m.counter.value;
    return total;
  };
  EXPECT_GT(sum("tidegate_messages_consumed_total", false), 0);
  EXPECT_EQ(sum("tidegate_messages_consumed_total", false),
            sum("tidegate_messages_finished_total", false) +
                sum("tidegate_messages_given_back_total", false) +
                sum("tidegate_messages_in_flight", true));
}

TEST(Collector, RemovesLagOfATopicThatIsNotOwnedButKeepsItsCounters) {
  auto host = example_host();
  host.partition_labels = true;
  ASSERT_TRUE(by_name(host).contains("tidegate_consumer_lag_messages"));
  ASSERT_TRUE(by_name(host).contains("tidegate_partition_lag_messages"));
  host.pipelines[0].totals.topics[0].assigned_partitions = 0;
  const auto families = by_name(host);
  for (const auto& [name, family] : families) {
    EXPECT_THAT(name, Not(AnyOf(HasSubstr("consumer_lag"), HasSubstr("tidegate_partition_"))));
  }
  EXPECT_EQ(families.at("tidegate_messages_consumed_total").metric.at(0).counter.value, 100);
  EXPECT_EQ(families.at("tidegate_assigned_partitions").metric.at(0).gauge.value, 0);
}

TEST(Collector, ShowsNoLagThatIsNotKnown) {
  auto host = example_host();
  host.pipelines[0].totals.topics[0].lag_messages.reset();
  host.pipelines[0].totals.topics[0].lag_seconds.reset();
  const auto text = to_text(host);
  EXPECT_THAT(text, Not(HasSubstr("tidegate_consumer_lag")));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
}

TEST(Collector, ShowsPartitionsOnlyWhereAskedForAndNeverAPositionThatDoesNotExist) {
  auto host = example_host();
  EXPECT_THAT(to_text(host), Not(HasSubstr("partition=\"")));
  host.partition_labels = true;
  const auto text = to_text(host);
  EXPECT_THAT(
      text, HasSubstr("tidegate_partition_committed_offset{pipeline=\"orders\",topic=\"orders.v1\","
                      "partition=\"0\"} 88\n"));
  EXPECT_THAT(text,
              HasSubstr("tidegate_partition_end_offset{pipeline=\"orders\",topic=\"orders.v1\","
                        "partition=\"1\"} 5\n"));
  EXPECT_THAT(
      text,
      Not(HasSubstr("tidegate_partition_committed_offset{pipeline=\"orders\",topic=\"orders.v1\","
                    "partition=\"1\"}")));
  EXPECT_THAT(text, Not(HasSubstr("} -1\n")));
}

TEST(Collector, AnEndThatWasAskedForEarlierIsNotShownBehindThePosition) {
  auto host = example_host();
  host.partition_labels = true;
  host.pipelines[0].totals.topics[0].partitions[0].end = 80;
  EXPECT_THAT(to_text(host),
              HasSubstr("tidegate_partition_end_offset{pipeline=\"orders\",topic=\"orders.v1\","
                        "partition=\"0\"} 88\n"));
}

TEST(Collector, BucketsAreCumulativeAndEndWithTheCount) {
  auto host = example_host();
  auto& age = host.pipelines[0].message_age;
  age = HistogramData(message_age_bounds());
  age.counts.front() = 2;
  age.counts.back() = 3;
  age.sum = 9000;
  const auto text = to_text(host);
  EXPECT_THAT(
      text, HasSubstr("tidegate_message_age_seconds_bucket{pipeline=\"orders\",le=\"0.01\"} 2\n"));
  EXPECT_THAT(
      text, HasSubstr("tidegate_message_age_seconds_bucket{pipeline=\"orders\",le=\"3600\"} 2\n"));
  EXPECT_THAT(
      text, HasSubstr("tidegate_message_age_seconds_bucket{pipeline=\"orders\",le=\"+Inf\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("tidegate_message_age_seconds_count{pipeline=\"orders\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("tidegate_message_age_seconds_sum{pipeline=\"orders\"} 9000\n"));
}

TEST(Collector, APluginsHelpCannotBreakThePage) {
  auto host = example_host();
  prometheus::MetricFamily family;
  family.name = "tidegate_plugin_rows_total";
  family.help = "rows\ntidegate_ready 0 \\";
  family.type = prometheus::MetricType::Counter;
  family.metric.emplace_back().label.push_back({"pipeline", host.pipelines.at(0).name});
  host.plugin_families = {family};
  EXPECT_THAT(to_text(host),
              HasSubstr("# HELP tidegate_plugin_rows_total rows\\ntidegate_ready 0 \\\\\n"));
}

TEST(Collector, WhatAPluginDefinedEndsWithItsPipeline) {
  auto host = example_host();
  prometheus::MetricFamily family;
  family.name = "tidegate_plugin_rows_total";
  family.type = prometheus::MetricType::Counter;
  for (const std::string& pipeline : {host.pipelines.at(0).name, std::string("gone")})
    family.metric.emplace_back().label.push_back({"pipeline", pipeline});
  host.plugin_families = {family};
  EXPECT_EQ(by_name(host).at(family.name).metric.size(), 1U);
  family.metric.erase(family.metric.begin());
  host.plugin_families = {family};
  EXPECT_EQ(by_name(host).count(family.name), 0U);
}

TEST(Collector, TellsWhatTheKernelKnowsOfThisProcess) {
  const auto families = by_name(example_host());
  EXPECT_GT(families.at("process_resident_memory_bytes").metric.at(0).gauge.value, 100'000);
  EXPECT_GE(families.at("process_threads").metric.at(0).gauge.value, 1);
  EXPECT_GE(families.at("process_open_fds").metric.at(0).gauge.value, 3);
  EXPECT_GT(families.at("process_max_fds").metric.at(0).gauge.value,
            families.at("process_open_fds").metric.at(0).gauge.value);
  EXPECT_GE(families.at("process_cpu_seconds_total").metric.at(0).counter.value, 0);
  const auto started = families.at("process_start_time_seconds").metric.at(0).gauge.value;
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_GT(started, now.count() - 86'400);
  EXPECT_LE(started, now.count() + 2);  // boot time is given in whole seconds
}

}  // namespace
}  // namespace tidegate::metrics
