// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/plugin_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <thread>

namespace tidegate {
namespace {

using testing::HasSubstr;

constexpr std::int32_t kCounter = TIDEGATE_METRIC_COUNTER;
constexpr std::int32_t kGauge = TIDEGATE_METRIC_GAUGE;
constexpr std::int32_t kHistogram = TIDEGATE_METRIC_HISTOGRAM;

class PluginMetricsTest : public testing::Test {
 protected:
  PluginSeries& define(std::int32_t kind, std::string_view name, std::string_view pipeline = "p") {
    const auto defined = metrics_.define(pipeline, kind, name, "Help.");
    if (defined.series == nullptr) throw std::runtime_error(defined.refused);
    return *defined.series;
  }
  std::string refused(std::int32_t kind, std::string_view name, std::string_view help = "Help.") {
    const auto defined = metrics_.define("p", kind, name, help);
    EXPECT_EQ(defined.series, nullptr) << name;
    return defined.refused;
  }
  PluginMetrics metrics_;
};

TEST_F(PluginMetricsTest, FamiliesCarryPrefixHelpTypeAndPipeline) {
  define(kCounter, "seen_total", "a").record(2);
  define(kCounter, "seen_total", "b").record(3.5);
  const auto families = metrics_.collect();
  ASSERT_EQ(families.size(), 1U);
  EXPECT_EQ(families[0].name, "tidegate_plugin_seen_total");
  EXPECT_EQ(families[0].help, "Help.");
  EXPECT_EQ(families[0].type, prometheus::MetricType::Counter);
  ASSERT_EQ(families[0].metric.size(), 2U);
  EXPECT_EQ(families[0].metric[0].label.at(0).name, "pipeline");
  EXPECT_EQ(families[0].metric[0].label.at(0).value, "a");
  EXPECT_EQ(families[0].metric[0].counter.value, 2);
  EXPECT_EQ(families[0].metric[1].counter.value, 3.5);
}

TEST_F(PluginMetricsTest, WhatIsForgottenBeginsAnewAndBlocksNoName) {
  define(kCounter, "seen_total", "gone").record(2);
  define(kGauge, "level", "gone").record(2);
  define(kCounter, "seen_total", "stays").record(3);
  (void)refused(kCounter, "no counter");
  metrics_.forget("gone", PluginMetrics::Forget::all);
  metrics_.forget("p", PluginMetrics::Forget::all);
  EXPECT_EQ(metrics_.rejected("p"), 0U);
  const auto families = metrics_.collect();
  ASSERT_EQ(families.size(), 1U);
  ASSERT_EQ(families[0].metric.size(), 1U);
  EXPECT_EQ(families[0].metric[0].label.at(0).value, "stays");
  EXPECT_EQ(define(kCounter, "seen_total", "gone").collect().counter.value, 0);
  define(kHistogram, "level_seconds", "gone");
  metrics_.forget("gone", PluginMetrics::Forget::all);
  for (std::size_t i = 0; i < PluginMetrics::kMaxPerPipeline; ++i)
    define(kGauge, "g" + std::to_string(i), "gone");
}

TEST_F(PluginMetricsTest, GaugesEndWithTheirPipelineAndCountersGoOn) {
  define(kCounter, "seen_total").record(2);
  for (int times = 0; times < 2; ++times) {
    for (std::size_t i = 1; i < PluginMetrics::kMaxPerPipeline; ++i)
      define(kGauge, "g" + std::to_string(i)).record(1);
    metrics_.forget("p", PluginMetrics::Forget::gauges);
  }
  ASSERT_EQ(metrics_.collect().size(), 1U);
  EXPECT_EQ(define(kCounter, "seen_total").collect().counter.value, 2);
}

TEST_F(PluginMetricsTest, CounterOnlyGrows) {
  PluginSeries& seen = define(kCounter, "seen_total");
  seen.record(2);
  seen.record(-1);
  seen.record(std::nan(""));
  EXPECT_EQ(seen.collect().counter.value, 2);
}

TEST_F(PluginMetricsTest, GaugeShowsTheLastValue) {
  PluginSeries& level = define(kGauge, "level");
  level.record(2);
  level.record(-1);
  EXPECT_EQ(level.collect().gauge.value, -1);
}

TEST_F(PluginMetricsTest, HistogramCountsEachObservationOnce) {
  PluginSeries& size = define(kHistogram, "size_bytes");
  for (const double value : {1.0, 64.0, 65.0, 1e12}) size.record(value);
  const auto histogram = size.collect().histogram;
  EXPECT_EQ(histogram.sample_count, 4U);
  EXPECT_EQ(histogram.sample_sum, 1e12 + 130);
  EXPECT_EQ(histogram.bucket.at(0).upper_bound, 64);
  EXPECT_EQ(histogram.bucket.at(0).cumulative_count, 2U);
  EXPECT_EQ(histogram.bucket.at(1).cumulative_count, 3U);
  EXPECT_EQ(histogram.bucket.back().upper_bound, std::numeric_limits<double>::infinity());
  EXPECT_EQ(histogram.bucket.back().cumulative_count, 4U);
}

TEST_F(PluginMetricsTest, HistogramOfSecondsHasBucketsForFastHandlers) {
  PluginSeries& work = define(kHistogram, "work_seconds");
  work.record(1e-9);
  EXPECT_EQ(work.collect().histogram.bucket.at(0).cumulative_count, 1U);
  EXPECT_LT(work.collect().histogram.bucket.at(0).upper_bound, 1e-3);
}

TEST_F(PluginMetricsTest, SameNameAndKindIsTheSameMetric) {
  EXPECT_EQ(&define(kGauge, "level"), &define(kGauge, "level"));
  EXPECT_NE(&define(kGauge, "level"), &define(kGauge, "level", "other"));
  EXPECT_THAT(refused(kHistogram, "level"), HasSubstr("_seconds or _bytes"));
  define(kHistogram, "work_seconds");
  EXPECT_THAT(refused(kGauge, "work_seconds"), HasSubstr("another kind"));
}

TEST_F(PluginMetricsTest, NamesThatPrometheusWouldNotLikeAreRefused) {
  for (const std::string_view name : {"", "1a", "_a", "aB", "a-b", "a b", "\xc3\xbc"}) {
    EXPECT_THAT(refused(kGauge, name), HasSubstr("[a-z]")) << name;
  }
  EXPECT_THAT(refused(kGauge, std::string(65, 'a')), HasSubstr("64"));
  EXPECT_THAT(refused(kCounter, "seen"), HasSubstr("ends in _total"));
  EXPECT_THAT(refused(kGauge, "seen_total"), HasSubstr("only a counter"));
  EXPECT_THAT(refused(kHistogram, "size"), HasSubstr("_seconds or _bytes"));
  for (const std::string_view name : {"a_bucket", "a_count", "a_sum"}) {
    EXPECT_THAT(refused(kGauge, name), HasSubstr("histogram's series")) << name;
  }
  EXPECT_THAT(refused(kGauge, "info"), HasSubstr("the host has"));
  EXPECT_THAT(refused(kCounter, "load_failures_total"), HasSubstr("the host has"));
  EXPECT_THAT(refused(7, "level"), HasSubstr("kind"));
  EXPECT_THAT(refused(kGauge, "level", ""), HasSubstr("help"));
  EXPECT_THAT(refused(kGauge, "level", "two\nlines"), HasSubstr("help"));
  EXPECT_TRUE(metrics_.collect().empty());
}

TEST_F(PluginMetricsTest, NumberIsBoundedPerPipelineAndRefusalsAreCounted) {
  for (std::size_t i = 0; i < PluginMetrics::kMaxPerPipeline; ++i) {
    define(kGauge, "level_" + std::to_string(i));
  }
  EXPECT_EQ(metrics_.rejected("p"), 0U);
  EXPECT_THAT(refused(kGauge, "one_more"), HasSubstr("64"));
  EXPECT_THAT(refused(kGauge, "1a"), HasSubstr("[a-z]"));
  EXPECT_EQ(metrics_.rejected("p"), 2U);
  define(kGauge, "level_0");  // known: not one more
  define(kGauge, "one_more", "other");
  EXPECT_EQ(metrics_.rejected("other"), 0U);
}

TEST_F(PluginMetricsTest, NothingIsLostBetweenThreads) {
  constexpr int kTimes = 10'000;
  PluginSeries& seen = define(kCounter, "seen_total");
  PluginSeries& work = define(kHistogram, "work_seconds");
  const auto record_often = [&] {
    for (int n = 0; n < kTimes; ++n) {
      seen.record(1);
      work.record(0.5);
    }
  };
  {
    const std::jthread one(record_often);
    const std::jthread two(record_often);
    const std::jthread three(record_often);
    for (int i = 0; i < 100; ++i) (void)metrics_.collect();
  }
  EXPECT_EQ(seen.collect().counter.value, 3 * kTimes);
  EXPECT_EQ(work.collect().histogram.sample_count, std::uint64_t{3 * kTimes});
  EXPECT_EQ(work.collect().histogram.sample_sum, 1.5 * kTimes);
}

}  // namespace
}  // namespace tidegate
