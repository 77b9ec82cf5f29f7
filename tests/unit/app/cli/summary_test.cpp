// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/summary.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "host/base/log.hpp"

namespace tidegate::cli {
namespace {

Ledger sound() {
  Ledger ledger;
  ledger.pipeline = "orders";
  ledger.state = metrics::PipelineState::stopped;
  ledger.consumed = 200'000;
  ledger.ok = 198'000;
  ledger.dropped = 2'000;
  return ledger;
}

TEST(Summary, ShowsEveryEntryAndThatItAddsUp) {
  EXPECT_EQ(summary_text({sound()}),
            "pipeline orders: stopped\n"
            "  consumed             200,000\n"
            "  ok                   198,000\n"
            "  retried                    0\n"
            "  dead-lettered              0\n"
            "  dropped                2,000\n"
            "  lost                       0\n"
            "  given back                 0\n"
            "  in flight                  0\n"
            "  adds up\n");
}

TEST(Summary, TellsTheDifferenceWhereItDoesNotAddUp) {
  Ledger ledger = sound();
  ledger.consumed += 5;
  EXPECT_NE(summary_text({ledger}).find("does NOT add up: 5 consumed, not accounted for"),
            std::string::npos);
  ledger.consumed -= 6;
  EXPECT_NE(summary_text({ledger}).find("does NOT add up: 1 accounted for, never consumed"),
            std::string::npos);
}

TEST(Summary, TellsWhyAPipelineFailed) {
  Ledger ledger = sound();
  ledger.state = metrics::PipelineState::failed;
  ledger.failure = "topic orders.v1 is not there";
  EXPECT_EQ(
      summary_text({ledger}).rfind("pipeline orders: failed (topic orders.v1 is not there)\n", 0),
      0U);
}

TEST(Summary, IsOneLogLineAPipeline) {
  log::configure(log::Level::info, log::Format::json);
  testing::internal::CaptureStderr();
  Ledger wrong = sound();
  wrong.consumed += 1;
  log_summary({sound(), wrong});
  std::istringstream lines(testing::internal::GetCapturedStderr());
  log::configure(log::Level::info, log::Format::text);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const auto first = nlohmann::json::parse(line);
  EXPECT_EQ(first["event"], "summary");
  EXPECT_EQ(first["level"], "info");
  EXPECT_EQ(first["consumed"], 200'000);
  EXPECT_EQ(first["dropped"], 2'000);
  EXPECT_EQ(first["adds_up"], true);
  ASSERT_TRUE(std::getline(lines, line));
  const auto second = nlohmann::json::parse(line);
  EXPECT_EQ(second["level"], "error");
  EXPECT_EQ(second["difference"], 1);
}

}  // namespace
}  // namespace tidegate::cli
