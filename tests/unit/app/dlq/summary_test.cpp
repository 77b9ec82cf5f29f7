// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/summary.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "host/app/dlq/replay.hpp"
#include "tests/unit/app/dlq/letters.hpp"

namespace tidegate::dlq {
namespace {

Summary some() {
  return {.topic = "g.dlq",
          .messages = 1'234,
          .oldest_ms = 1'600'000'000'123,
          .newest_ms = 1'700'000'000'456,
          .kinds = {{"exception", 1'000}, {"status", 234}},
          .pipelines = {{"billing", 1'234}},
          .origins = {{"orders", 1'234}},
          .groups = {{"g", 1'234}}};
}

template <class T, class... More>
std::string printed(const T& what, const More&... more) {
  std::ostringstream out;
  print(out, what, more...);
  return out.str();
}

using SummaryTest = Letters;

TEST_F(SummaryTest, CountsByWhatTheHeadersSay) {
  Summary summary;
  const DeadLetter ours = letter({.key = {}, .value = "v", .headers = headers_of_a_dead_letter()});
  const DeadLetter foreign = letter({.key = {}, .value = "v", .headers = {}});
  summary.add(ours);
  summary.add(foreign);
  summary.add(ours);
  EXPECT_EQ(summary.messages, 3U);
  EXPECT_EQ(summary.kinds, (Counts{{"exception", 2}, {"unknown", 1}}));
  EXPECT_EQ(summary.pipelines, (Counts{{"billing", 2}, {"unknown", 1}}));
  EXPECT_EQ(summary.origins, (Counts{{"orders", 2}, {"unknown", 1}}));
  EXPECT_EQ(summary.oldest_ms, ours.timestamp_ms());
  EXPECT_EQ(summary.newest_ms, foreign.timestamp_ms());
}

TEST(Summaries, AreATableForPeople) {
  EXPECT_EQ(
      printed(std::vector{some(), Summary{.topic = "none.dlq", .exists = false}}, Format::table),
      "TOPIC     MESSAGES       OLDEST                    NEWEST                    "
      "KINDS                        PIPELINES      ORIGIN TOPICS\n"
      "g.dlq     1,234          2020-09-13T12:26:40.123Z  2023-11-14T22:13:20.456Z  "
      "exception 1,000, status 234  billing 1,234  orders 1,234\n"
      "none.dlq  no such topic  -                         -                         "
      "-                            -              -\n")
      << printed(std::vector{some()}, Format::table);
}

TEST(Summaries, AreOneJsonObjectALineForPrograms) {
  const std::string lines = printed(std::vector{some(), some()}, Format::json);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  const auto object = nlohmann::json::parse(lines.substr(0, lines.find('\n')));
  EXPECT_EQ(object["messages"], 1'234);
  EXPECT_EQ(object["oldest"], "2020-09-13T12:26:40.123Z");
  EXPECT_EQ(object["kinds"]["status"], 234);
}

TEST(ReplayReports, SayWhatWentWhereAndWhatStayed) {
  const ReplayReport report{.topic = "g.dlq",
                            .group = "g",
                            .replayed = {{{"orders", "exception"}, 2}, {{"orders", "status"}, 1}},
                            .safe = 3,
                            .filtered = 7,
                            .looping = 1};
  EXPECT_EQ(report.total(), 3U);
  EXPECT_EQ(printed(report, ReplayOptions{}, Format::table),
            "g.dlq: replayed 3\n"
            "  TO      KIND       MESSAGES\n"
            "  orders  exception  2\n"
            "  orders  status     1\n"
            "  left out by the filters: 7\n"
            "  replayed too often already: 1\n");
  ReplayReport cut = report;
  cut.safe = 2;
  EXPECT_NE(printed(cut, ReplayOptions{}, Format::table).find("of these 2 are known"),
            std::string::npos);
  const auto object = nlohmann::json::parse(
      printed(report, ReplayOptions{.write = ReplayOptions::Write::dry_run}, Format::json));
  EXPECT_EQ(object["dry_run"], true);
  EXPECT_EQ(object["written"][1],
            (nlohmann::json{{"to", "orders"}, {"kind", "status"}, {"messages", 1}}));
  EXPECT_EQ(object["looping"], 1);
}

}  // namespace
}  // namespace tidegate::dlq
