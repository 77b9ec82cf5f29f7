// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/progress.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "host/app/cli/numbers.hpp"

namespace tidegate::cli {
namespace {

using metrics::PipelineSnapshot;
using metrics::PipelineState;

PipelineSnapshot running(std::uint64_t ok, std::uint64_t dropped, std::uint64_t in_flight,
                         std::optional<std::int64_t> lag) {
  PipelineSnapshot pipeline;
  pipeline.state = PipelineState::running;
  pipeline.totals.brokers_connected = 1;
  pipeline.totals.has_assignment = true;
  metrics::TopicSnapshot topic;
  topic.finished[static_cast<std::size_t>(Outcome::ok)] = ok;
  topic.finished[static_cast<std::size_t>(Outcome::drop)] = dropped;
  topic.in_flight = in_flight;
  topic.lag_messages = lag;
  pipeline.totals.topics = {topic};
  return pipeline;
}

MonotonicTime second(int n) { return MonotonicTime(std::chrono::seconds(n)); }

TEST(Progress, TellsRateLagFailuresAndInFlight) {
  Progress progress(second(8));
  EXPECT_EQ(progress.line({running(1'000, 0, 0, 9'000)}, second(10)),
            "500 messages/s  lag 9,000  failed 0  in flight 0");
  EXPECT_EQ(progress.line({running(5'990, 10, 17, 4'000)}, second(12)),
            "2,500 messages/s  lag 4,000  failed 10  in flight 17");
}

TEST(Progress, AddsThePipelinesAndTellsHowManyRun) {
  Progress progress(second(1));
  PipelineSnapshot failed = running(1, 1, 1, 1);
  failed.state = PipelineState::failed;
  EXPECT_EQ(progress.line({running(1, 2, 3, 4), failed}, second(1)),
            "0 messages/s  lag 5  failed 3  in flight 4  1 of 2 pipelines running");
}

TEST(Progress, NeverInventsALag) {
  Progress progress(second(1));
  EXPECT_NE(progress.line({running(1, 0, 0, std::nullopt)}, second(1)).find("lag unknown"),
            std::string::npos);
}

TEST(Progress, TellsWhatItWaitsFor) {
  Progress progress(second(1));
  PipelineSnapshot pipeline;
  EXPECT_NE(progress.line({pipeline}, second(1)).find("(waiting for the brokers)"),
            std::string::npos);
  pipeline.totals.brokers_connected = 1;
  EXPECT_NE(progress.line({pipeline}, second(2)).find("(waiting for an assignment)"),
            std::string::npos);
  pipeline.totals.has_assignment = true;
  EXPECT_EQ(progress.line({pipeline}, second(3)).find("waiting"), std::string::npos);
}

TEST(Progress, IsCutToTheTerminal) {
  EXPECT_EQ(fit("0123456789", 4), "0123");
  EXPECT_EQ(fit("0123", 80), "0123");
}

TEST(Numbers, AreGroupedByThousands) {
  EXPECT_EQ(grouped(std::uint64_t{0}), "0");
  EXPECT_EQ(grouped(std::uint64_t{999}), "999");
  EXPECT_EQ(grouped(std::uint64_t{1'000}), "1,000");
  EXPECT_EQ(grouped(std::uint64_t{123'456'789}), "123,456,789");
  EXPECT_EQ(grouped(std::int64_t{-1'234}), "-1,234");
  EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Numbers, SecondsHaveASensibleUnit) {
  EXPECT_EQ(readable_seconds(0.0421), "42 ms");
  EXPECT_EQ(readable_seconds(0.9996), "1.0 s");
  EXPECT_EQ(readable_seconds(12.34), "12.3 s");
  EXPECT_EQ(readable_seconds(59.96), "1 min 00 s");
  EXPECT_EQ(readable_seconds(245), "4 min 05 s");
}

}  // namespace
}  // namespace tidegate::cli
