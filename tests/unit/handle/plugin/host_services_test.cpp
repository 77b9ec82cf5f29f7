// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/host_services.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "host/base/log.hpp"
#include "host/base/version.hpp"
#include "host/handle/plugin/plugin_instance.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using testing::HasSubstr;

class HostServicesTest : public testing::Test {
 protected:
  static PluginIdentity identity() {
    PluginIdentity identity;
    identity.name = "orders";
    identity.version = "1.4.2";
    return identity;
  }
  const tidegate_host* table() { return services_.table(); }
  const tidegate_metrics* metrics_table() {
    return static_cast<const tidegate_metrics*>(
        table()->get_extension(table(), TIDEGATE_EXTENSION_METRICS));
  }
  PluginMetrics metrics_;
  HostServices services_{"main", identity(), metrics_};
};

TEST_F(HostServicesTest, TableIsComplete) {
  EXPECT_EQ(table()->struct_size, sizeof(tidegate_host));
  EXPECT_EQ(table()->abi_minor, static_cast<std::uint32_t>(TIDEGATE_ABI_MINOR));
  EXPECT_EQ(table()->host_version, version());
  EXPECT_STREQ(table()->pipeline, "main");
  EXPECT_NE(table()->headers, nullptr);
  EXPECT_NE(table()->get_extension(table(), TIDEGATE_EXTENSION_EMIT), nullptr);
  EXPECT_EQ(table()->get_extension(table(), "tidegate.emit/2"), nullptr);
  EXPECT_EQ(table()->get_extension(table(), nullptr), nullptr);
  EXPECT_EQ(metrics_table()->struct_size, sizeof(tidegate_metrics));
}

TEST_F(HostServicesTest, LogLineNamesPipelineAndPlugin) {
  testing::internal::CaptureStderr();
  table()->log(table(), TIDEGATE_LOG_WARN, "half a \xff line, and more", 13);
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_THAT(line, HasSubstr("half a"));
  EXPECT_THAT(line, testing::Not(HasSubstr("more")));
  EXPECT_THAT(line, HasSubstr("main"));
  EXPECT_THAT(line, HasSubstr("orders"));
  EXPECT_THAT(line, HasSubstr("1.4.2"));
}

TEST_F(HostServicesTest, LogLevelsAreTheHosts) {
  EXPECT_EQ(table()->log_enabled(table(), TIDEGATE_LOG_ERROR), 1);
  EXPECT_EQ(table()->log_enabled(table(), TIDEGATE_LOG_DEBUG),
            log::enabled(log::Level::debug) ? 1 : 0);
  testing::internal::CaptureStderr();
  table()->log(table(), 99, "a level of a later host", 23);  // an unknown one is not lost
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("a level of a later host"));
}

TEST_F(HostServicesTest, MetricsAreDefinedInsideCreateOnly) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(metrics_table()->define(table(), TIDEGATE_METRIC_GAUGE, "level", "A level."), -1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("not defined inside create"));
  const HostServices::Creating creating(services_);
  EXPECT_GE(metrics_table()->define(table(), TIDEGATE_METRIC_GAUGE, "level", "A level."), 0);
}

TEST_F(HostServicesTest, MetricThatIsRefusedIsLoggedWithItsReason) {
  const HostServices::Creating creating(services_);
  testing::internal::CaptureStderr();
  EXPECT_EQ(metrics_table()->define(table(), TIDEGATE_METRIC_COUNTER, "seen", "Seen."), -1);
  EXPECT_EQ(metrics_table()->define(table(), TIDEGATE_METRIC_COUNTER, nullptr, nullptr), -1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("ends in _total"));
}

TEST_F(HostServicesTest, EveryMetricOfThePipelinesBoundHasAnId) {
  const HostServices::Creating creating(services_);
  for (std::size_t i = 0; i < PluginMetrics::kMaxPerPipeline; ++i) {
    const std::string name = "level_" + std::to_string(i);
    EXPECT_EQ(metrics_table()->define(table(), TIDEGATE_METRIC_GAUGE, name.c_str(), "A level."),
              static_cast<std::int32_t>(i));
  }
  EXPECT_EQ(metrics_table()->define(table(), TIDEGATE_METRIC_GAUGE, "level_0", "A level."), 0);
  EXPECT_EQ(metrics_table()->define(table(), TIDEGATE_METRIC_GAUGE, "one_more", "A level."), -1);
}

TEST_F(HostServicesTest, WhatAPluginRecordsIsCollected) {
  const ScratchFolder scratch;
  const auto library = PluginLibrary::open({test_plugin("metrics"), "", ""}, scratch.path());
  const PluginInstance one(library, "main", "", metrics_);
  const PluginInstance two(library, "main", "", metrics_);
  tidegate_message message{};
  tidegate_result result{};
  EXPECT_EQ(one.table().handle(one.instance(), &message, &result), TIDEGATE_OK);
  message.offset = 1;
  EXPECT_EQ(two.table().handle(two.instance(), &message, &result), TIDEGATE_OK);

  const auto families = metrics_.collect();
  ASSERT_EQ(families.size(), 3U);
  EXPECT_EQ(families[0].name, "tidegate_plugin_level");
  EXPECT_EQ(families[0].metric.at(0).gauge.value, 5);
  EXPECT_EQ(families[1].name, "tidegate_plugin_seen_total");
  EXPECT_EQ(families[1].metric.at(0).counter.value, 6);
  EXPECT_EQ(families[2].name, "tidegate_plugin_size_bytes");
  EXPECT_EQ(families[2].metric.at(0).histogram.sample_count, 2U);
}

}  // namespace
}  // namespace tidegate
