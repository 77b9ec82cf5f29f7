// SPDX-License-Identifier: Apache-2.0
#include "host/base/log.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "host/base/log_limit.hpp"
#include "tests/fakes/fake_clock.hpp"

namespace tidegate::log {
namespace {

class Log : public testing::Test {
 protected:
  ~Log() override { configure(Level::info, Format::text); }
};

TEST_F(Log, WritesOneJsonLineToStderr) {
  configure(Level::info, Format::json);
  testing::internal::CaptureStderr();
  info("started", "the host runs", {{"pipelines", 2}});
  const std::string line = testing::internal::GetCapturedStderr();
  ASSERT_FALSE(line.empty());
  EXPECT_EQ(line.back(), '\n');
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["event"], "started");
  EXPECT_EQ(json["pipelines"], 2);
}

TEST_F(Log, WritesNothingBelowItsLevelAndDoesNotCountIt) {
  configure(Level::warn, Format::text);
  const std::uint64_t before = lines_written(Level::info);
  testing::internal::CaptureStderr();
  info("started", "the host runs");
  debug("detail", "more");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(lines_written(Level::info), before);
  EXPECT_TRUE(enabled(Level::error));
  EXPECT_TRUE(enabled(Level::warn));
  EXPECT_FALSE(enabled(Level::info));
}

TEST_F(Log, CountsTheLinesOfEachLevel) {
  configure(Level::debug, Format::text);
  const std::uint64_t errors = lines_written(Level::error);
  const std::uint64_t debugs = lines_written(Level::debug);
  testing::internal::CaptureStderr();
  error("e", "t");
  error("e", "t");
  debug("e", "t");
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines_written(Level::error), errors + 2);
  EXPECT_EQ(lines_written(Level::debug), debugs + 1);
}

TEST_F(Log, KeepsTheStatusLineBelowTheLogLines) {
  configure(Level::info, Format::text);
  testing::internal::CaptureStderr();
  set_status("10/s");
  info("started", "the host runs");
  set_status("");
  info("stopped", "the host stopped");
  const std::string bytes = testing::internal::GetCapturedStderr();
  const std::string clear = "\r\x1b[K";
  EXPECT_EQ(bytes.rfind("10/s" + clear, 0), 0U) << bytes;
  EXPECT_NE(bytes.find("event=started\n10/s" + clear), std::string::npos) << bytes;
  EXPECT_EQ(bytes.find("10/s", bytes.find("event=started\n10/s") + 18), std::string::npos) << bytes;
}

TEST(LogRateLimit, LetsSoManyLinesThroughInAWindow) {
  fakes::FakeClock clock;
  RateLimit limit(clock, 3, std::chrono::seconds(1));
  for (int line = 0; line < 3; ++line) EXPECT_EQ(limit.admit(), 0U);
  EXPECT_EQ(limit.admit(), std::nullopt);
  EXPECT_EQ(limit.admit(), std::nullopt);
}

TEST(LogRateLimit, TellsOnceHowManyLinesWereHeldBack) {
  fakes::FakeClock clock;
  RateLimit limit(clock, 1, std::chrono::seconds(1));
  EXPECT_EQ(limit.admit(), 0U);
  for (int line = 0; line < 5; ++line) EXPECT_EQ(limit.admit(), std::nullopt);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(limit.admit(), 5U);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(limit.admit(), 0U);
}

TEST(LogRateLimit, OpensAWindowWithItsFirstLineNotWithTheClock) {
  fakes::FakeClock clock;
  RateLimit limit(clock, 1, std::chrono::seconds(1));
  clock.advance(std::chrono::milliseconds(900));
  EXPECT_EQ(limit.admit(), 0U);
  clock.advance(std::chrono::milliseconds(200));
  EXPECT_EQ(limit.admit(), std::nullopt);
}

}  // namespace
}  // namespace tidegate::log
