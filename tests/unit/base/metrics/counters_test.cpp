// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/counters.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "host/base/metrics/collector.hpp"
#include "tests/unit/base/metrics/snapshots.hpp"

namespace tidegate::metrics {
namespace {

// As example_host's, ended: nothing is in flight any more.
PipelineSnapshot ended() {
  PipelineSnapshot pipeline = example_host().pipelines.at(0);
  pipeline.state = PipelineState::stopped;
  TopicSnapshot& topic = pipeline.totals.topics.at(0);
  topic.given_back[1] += topic.in_flight;
  topic.in_flight = pipeline.totals.in_flight = 0;
  pipeline.totals.rebalances_assigned = 1;
  pipeline.totals.caught_up = true;
  pipeline.totals.uncommitted = 3;
  pipeline.totals.brokers_connected = 2;
  pipeline.handler_calls[0] = 86;
  pipeline.plugin.reloads[0] = 2;
  pipeline.plugin.load_failures["not_found"] = 1;
  pipeline.plugin.last_reload = "1.2.0 was swapped in";
  return pipeline;
}

TEST(Counters, WhatAPredecessorHeldIsGoneWithIt) {
  const PipelineSnapshot left = counters_of(ended());
  EXPECT_EQ(left.name, "orders");
  EXPECT_EQ(left.totals.uncommitted, 0U);
  EXPECT_EQ(left.totals.queued, 0U);
  EXPECT_EQ(left.totals.brokers_connected, 0U);
  EXPECT_EQ(left.concurrency, 0U);
  EXPECT_EQ(left.handlers_in_flight, 0U);
  EXPECT_EQ(left.oldest_in_flight_unix_seconds, 0);
  EXPECT_FALSE(left.totals.has_assignment || left.totals.caught_up);
  const TopicSnapshot& topic = left.totals.topics.at(0);
  EXPECT_EQ(topic.assigned_partitions, 0U);
  EXPECT_FALSE(topic.lag_messages || topic.lag_seconds);
  EXPECT_TRUE(topic.partitions.empty());
}

TEST(Counters, WhatItCountedGoesOn) {
  PipelineSnapshot now = example_host().pipelines.at(0);
  now.totals.topics.at(0).topic = "orders.v2";
  add_counters(now, counters_of(ended()));
  ASSERT_EQ(now.totals.topics.size(), 2U);
  EXPECT_EQ(now.totals.topics[0].topic, "orders.v2");
  EXPECT_EQ(now.totals.topics[1].consumed, 100U);
  EXPECT_EQ(now.totals.commits_ok, 10U);
  EXPECT_EQ(now.totals.rebalances_assigned, 1U);
  EXPECT_EQ(now.handler_calls[0], 86U);
  EXPECT_EQ(now.plugin.reloads[0], 2U);
  EXPECT_EQ(now.plugin.load_failures.at("not_found"), 1U);
  EXPECT_EQ(now.plugin.last_reload, "1.2.0 was swapped in");
}

TEST(Counters, WhatIsTrueNowIsNotAskedOfThePredecessors) {
  PipelineSnapshot now = example_host().pipelines.at(0);
  add_counters(now, counters_of(ended()));
  EXPECT_TRUE(now.totals.has_assignment);
  EXPECT_FALSE(now.totals.caught_up);
  EXPECT_EQ(now.totals.topics.at(0).assigned_partitions, 2U);
  EXPECT_EQ(now.totals.in_flight, 12U);
  EXPECT_EQ(now.concurrency, 4U);
}

TEST(Counters, OfThreeInARowTheFirstIsCountedOnce) {
  PipelineSnapshot second = ended();
  add_counters(second, counters_of(ended()));
  PipelineSnapshot third = ended();
  add_counters(third, counters_of(second));
  EXPECT_EQ(third.totals.topics.at(0).consumed, 300U);
  EXPECT_EQ(third.handler_calls[0], 3 * 86U);
}

// One of everything that a pipeline counts.
PipelineSnapshot with_one_of_each() {
  PipelineSnapshot pipeline = ended();
  TopicSnapshot& topic = pipeline.totals.topics.at(0);
  topic.finished.fill(1);
  topic.given_back.fill(1);
  topic.dead_letters.fill(1);
  topic.retries_exhausted = 1;
  ConsumerSnapshot& totals = pipeline.totals;
  totals.retries[{ErrorKind::rejected, "10s"}] = 1;
  totals.transactions.fill(1);
  totals.kafka_errors["_TRANSPORT"] = 1;
  for (std::uint64_t* const count :
       {&totals.emitted, &totals.dead_letter_failures, &totals.rebalances_assigned,
        &totals.rebalances_revoked, &totals.rebalances_lost, &totals.commits_ok,
        &totals.commits_error, &totals.resume_skipped, &totals.metadata_ignored,
        &totals.offsets_lost, &pipeline.worker_deaths, &pipeline.worker_failed_starts,
        &pipeline.handlers_past_soft_timeout, &pipeline.handlers_past_timeout}) {
    *count = 1;
  }
  pipeline.handler_calls.fill(1);
  pipeline.plugin.reloads.fill(1);
  for (HistogramData* const histogram :
       {&totals.commit_duration, &totals.failure_duration, &pipeline.handler_duration,
        &pipeline.message_age, &pipeline.retry_lateness}) {
    histogram->counts.back() = 1;
    histogram->sum = 1;
  }
  return pipeline;
}

// Counters and histograms of a scrape: name and labels, value or number of samples.
std::map<std::string, double> counted(const PipelineSnapshot& pipeline) {
  HostSnapshot host = example_host();
  host.pipelines = {pipeline};
  std::map<std::string, double> values;
  for (const auto& family : collect(host)) {
    const bool histogram = family.type == prometheus::MetricType::Histogram;
    if (!histogram && family.type != prometheus::MetricType::Counter) continue;
    for (const auto& metric : family.metric) {
      std::string series = family.name;
      bool of_pipeline = false;
      for (const auto& label : metric.label) {
        series += ' ' + label.name + '=' + label.value;
        of_pipeline |= label.name == "pipeline";
      }
      if (!of_pipeline) continue;
      values[series] =
          histogram ? static_cast<double>(metric.histogram.sample_count) : metric.counter.value;
    }
  }
  return values;
}

TEST(Counters, NothingThatAScrapeShowsFallsWhenAPipelineIsMadeAnew) {
  const std::map<std::string, double> before = counted(with_one_of_each());
  std::map<std::string, double> families;
  for (const auto& [series, value] : before) families[series.substr(0, series.find(' '))] += value;
  for (const auto& [family, value] : families) EXPECT_GT(value, 0) << family << ": fill it above";
  PipelineSnapshot successor;
  successor.name = "orders";
  successor.plugin = ended().plugin;
  successor.plugin.reloads = {};
  successor.plugin.load_failures = {};
  add_counters(successor, counters_of(with_one_of_each()));
  EXPECT_EQ(counted(successor), before);
}

}  // namespace
}  // namespace tidegate::metrics
