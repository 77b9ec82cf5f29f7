// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/metric_mirror.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <string>

namespace tidegate {
namespace {

class MetricMirrorTest : public testing::Test {
 protected:
  // What the next worker shares with its host.
  void next_worker() {
    mirror_.reset();
    worker_.reset();
    table_ = std::make_unique<MetricTable>();
    worker_ = std::make_unique<PluginMetrics>(table_.get());
    mirror_ = std::make_unique<MetricMirror>(*table_, "orders", host_);
  }
  MetricMirrorTest() { next_worker(); }

  PluginSeries& define(std::int32_t kind, std::string_view name) {
    return *worker_->define("orders", kind, name, "Help.").series;
  }
  // The host's series of that name. REQUIRES: it has one.
  prometheus::ClientMetric shown(const std::string& name) {
    mirror_->look();
    for (const auto& family : host_.collect()) {
      if (family.name == "tidegate_plugin_" + name) return family.metric.at(0);
    }
    throw std::runtime_error("the host shows no " + name);
  }

  PluginMetrics host_;
  std::unique_ptr<MetricTable> table_;
  std::unique_ptr<PluginMetrics> worker_;
  std::unique_ptr<MetricMirror> mirror_;
};

TEST_F(MetricMirrorTest, ShowsWhatTheWorkerCounts) {
  PluginSeries& seen = define(TIDEGATE_METRIC_COUNTER, "seen_total");
  PluginSeries& level = define(TIDEGATE_METRIC_GAUGE, "level");
  PluginSeries& size = define(TIDEGATE_METRIC_HISTOGRAM, "size_bytes");
  seen.record(2);
  level.record(7);
  for (const double bytes : {1.0, 65.0, 1e12}) size.record(bytes);
  EXPECT_EQ(shown("seen_total").counter.value, 2);
  EXPECT_EQ(shown("seen_total").counter.value, 2) << "a second look adds nothing";
  seen.record(3);
  level.record(-1);
  EXPECT_EQ(shown("seen_total").counter.value, 5);
  EXPECT_EQ(shown("seen_total").label.at(0).value, "orders");
  EXPECT_EQ(shown("level").gauge.value, -1);
  const auto histogram = shown("size_bytes").histogram;
  EXPECT_EQ(histogram.sample_count, 3U);
  EXPECT_EQ(histogram.sample_sum, 1e12 + 66);
  EXPECT_EQ(histogram.bucket.at(0).cumulative_count, 1U);
  EXPECT_EQ(histogram.bucket.back().cumulative_count, 3U);
}

TEST_F(MetricMirrorTest, GoesOnFromOneWorkerToTheNext) {
  define(TIDEGATE_METRIC_COUNTER, "seen_total").record(2);
  define(TIDEGATE_METRIC_HISTOGRAM, "size_bytes").record(64);
  mirror_->look();
  next_worker();
  define(TIDEGATE_METRIC_COUNTER, "seen_total").record(3);
  define(TIDEGATE_METRIC_HISTOGRAM, "size_bytes").record(64);
  EXPECT_EQ(shown("seen_total").counter.value, 5);
  EXPECT_EQ(shown("size_bytes").histogram.sample_count, 2U);
}

TEST_F(MetricMirrorTest, RefusalsInTheWorkerAreCounted) {
  EXPECT_EQ(worker_->define("orders", TIDEGATE_METRIC_GAUGE, "No", "Help.").series, nullptr);
  mirror_->look();
  mirror_->look();
  EXPECT_EQ(host_.rejected("orders"), 1U);
}

TEST_F(MetricMirrorTest, BelievesNothingThatStandsInTheTable) {
  MetricRow& unending = table_->row[0];
  unending.kind = TIDEGATE_METRIC_GAUGE;
  unending.name.fill('a');
  unending.help.fill('a');
  MetricRow& no_kind = table_->row[1];
  no_kind.kind = std::numeric_limits<std::int32_t>::min();
  std::string("b").copy(no_kind.name.data(), 1);
  std::string("Help.").copy(no_kind.help.data(), 5);
  MetricRow& no_name = table_->row[2];
  no_name.kind = TIDEGATE_METRIC_COUNTER;
  std::string("c\n{}").copy(no_name.name.data(), 4);
  MetricRow& two_lines = table_->row[3];
  two_lines.kind = TIDEGATE_METRIC_GAUGE;
  std::string("level").copy(two_lines.name.data(), 5);
  std::string("two\nlines\x1b\xff").copy(two_lines.help.data(), 11);
  table_->rows = std::numeric_limits<std::uint32_t>::max();
  mirror_->look();
  const auto families = host_.collect();
  ASSERT_EQ(families.size(), 1U);
  EXPECT_EQ(families[0].name, "tidegate_plugin_level");
  EXPECT_EQ(families[0].help, "two lines??");
  EXPECT_EQ(host_.rejected("orders"), kMaxPluginMetrics - 1);
}

TEST_F(MetricMirrorTest, WhatCountsBackwardsOrIsNoNumberAddsNothing) {
  define(TIDEGATE_METRIC_COUNTER, "seen_total").record(5);
  define(TIDEGATE_METRIC_HISTOGRAM, "size_bytes").record(1);
  EXPECT_EQ(shown("seen_total").counter.value, 5);
  MetricCells& seen = table_->row[0].cells;
  MetricCells& size = table_->row[1].cells;
  for (const double value : {1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    seen.value = value;
    size.value = std::nan("");
    size.buckets[0] = 0;
    EXPECT_EQ(shown("seen_total").counter.value, 5) << value;
    EXPECT_EQ(shown("size_bytes").histogram.sample_count, 1U);
    EXPECT_EQ(shown("size_bytes").histogram.sample_sum, 1);
  }
  seen.value = 6;
  EXPECT_EQ(shown("seen_total").counter.value, 6);
}

}  // namespace
}  // namespace tidegate
