// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/status.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "host/base/version.hpp"
#include "tests/unit/base/metrics/snapshots.hpp"

namespace tidegate {
namespace {

using Json = nlohmann::json;

Json status(const metrics::HostSnapshot& host, double now = 1'700'000'030) {
  return Json::parse(status_json(host, now));
}

TEST(Status, SaysVersionUptimeAndReadiness) {
  auto host = metrics::example_host();
  host.start_unix_seconds = 1'700'000'000;
  EXPECT_EQ(status(host)["version"], version());
  EXPECT_EQ(status(host)["uptime_seconds"], 30);
  EXPECT_EQ(status(host)["ready"], true);
  host.draining = true;
  EXPECT_EQ(status(host)["ready"], false);
  EXPECT_EQ(status(host)["not_ready_reasons"].size(), 1U);
}

TEST(Status, ShowsAssignmentAndLagOfEachPartition) {
  const auto page = status(metrics::example_host());
  const auto& topic = page["pipelines"][0]["topics"][0];
  EXPECT_EQ(topic["topic"], "orders.v1");
  EXPECT_EQ(topic["assigned_partitions"], 2);
  EXPECT_EQ(topic["lag_messages"], 17);
  EXPECT_EQ(topic["partitions"][0], Json({{"partition", 0},
                                          {"committed", 88},
                                          {"end", 100},
                                          {"lag_messages", 12},
                                          {"reads_at", 90},
                                          {"not_read", nullptr}}));
}

TEST(Status, SaysWhyAPartitionIsNotRead) {
  auto host = metrics::example_host();
  host.pipelines[0].totals.topics[0].partitions[1].not_read = metrics::PauseReason::unreadable;
  EXPECT_EQ(status(host)["pipelines"][0]["topics"][0]["partitions"][1]["not_read"], "unreadable");
}

TEST(Status, WhatIsNotKnownIsNull) {
  auto host = metrics::example_host();
  host.pipelines[0].totals.topics[0].lag_seconds.reset();
  const auto page = status(host);
  EXPECT_TRUE(page["pipelines"][0]["topics"][0]["partitions"][1]["committed"].is_null());
  EXPECT_TRUE(page["pipelines"][0]["topics"][0]["lag_seconds"].is_null());
  EXPECT_TRUE(page["pipelines"][0]["last_commit_unix_seconds"].is_null());
}

TEST(Status, NamesTheOldestMessageInFlightAndHowLongItRuns) {
  auto host = metrics::example_host();
  const auto oldest = status(host)["pipelines"][0]["oldest_in_flight"];
  EXPECT_EQ(oldest["topic"], "orders.v1");
  EXPECT_EQ(oldest["partition"], 0);
  EXPECT_EQ(oldest["offset"], 88);
  EXPECT_EQ(oldest["running_seconds"], 30);
  host.pipelines[0].oldest_in_flight_unix_seconds = 0;
  EXPECT_TRUE(status(host)["pipelines"][0]["oldest_in_flight"].is_null());
}

TEST(Status, TextThatIsNotUtf8DoesNotBreakThePage) {
  auto host = metrics::example_host();
  host.pipelines[0].plugin.name = "\xff\xfe";
  EXPECT_TRUE(Json::accept(status_json(host, 0)));
}

}  // namespace
}  // namespace tidegate
