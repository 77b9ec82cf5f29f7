// SPDX-License-Identifier: Apache-2.0
#include "host/base/log_format.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

namespace tidegate::log {
namespace {

using Json = nlohmann::json;

// 2026-03-01T12:34:56.007Z
constexpr std::chrono::system_clock::time_point kTime{std::chrono::milliseconds(1'772'368'496'007)};

Json parsed(std::string_view event, std::string_view text, Fields fields = {}) {
  return Json::parse(format_json(Line{kTime, Level::warn, event, text, fields}));
}

std::string text_line(std::string_view text, Fields fields = {}) {
  return format_text(Line{kTime, Level::error, "commit_failed", text, fields}, Colour::off);
}

TEST(LogJson, CarriesTimeLevelEventAndText) {
  const Json line = parsed("commit_failed", "a commit failed");
  EXPECT_EQ(line, Json({{"ts", "2026-03-01T12:34:56.007Z"},
                        {"level", "warn"},
                        {"event", "commit_failed"},
                        {"msg", "a commit failed"}}));
}

TEST(LogJson, KeepsTheTypeOfAField) {
  const Json line = parsed("e", "t",
                           {{"text", "x"},
                            {"negative", -5},
                            {"large", std::numeric_limits<std::uint64_t>::max()},
                            {"half", 0.5},
                            {"yes", true}});
  EXPECT_EQ(line["text"], "x");
  EXPECT_EQ(line["negative"], -5);
  EXPECT_EQ(line["large"], std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(line["half"], 0.5);
  EXPECT_EQ(line["yes"], true);
}

TEST(LogJson, IsValidForEveryByteInEveryPlace) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string odd = "a" + std::string(1, static_cast<char>(byte)) + "b";
    const std::string line = format_json(Line{kTime, Level::info, odd, odd, {{odd, odd}}});
    EXPECT_TRUE(Json::accept(line)) << "byte " << byte << ": " << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << "byte " << byte;
  }
}

TEST(LogJson, ReplacesInvalidUtf8AndKeepsValid) {
  EXPECT_EQ(parsed("e", "t", {{"f", "gr\xc3\xbc\xc3\x9f"}})["f"], "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(parsed("e", "t", {{"f", "x\xff"}})["f"], "x\xef\xbf\xbd");
}

TEST(LogJson, HasNoNumberForNotANumber) {
  const Json line = parsed("e", "t", {{"nan", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_TRUE(line["nan"].is_null());
}

TEST(LogJson, KeepsItsOwnNamesApartFromFields) {
  const Json line = parsed("e", "t", {{"level", "mine"}, {"msg", "mine"}});
  EXPECT_EQ(line["level"], "warn");
  EXPECT_EQ(line["msg"], "t");
  EXPECT_EQ(line["level_"], "mine");
  EXPECT_EQ(line["msg_"], "mine");
}

TEST(LogText, IsOneReadableLine) {
  EXPECT_EQ(text_line("a commit failed", {{"topic", "orders.v1"}, {"partition", 3}}),
            "2026-03-01T12:34:56.007Z ERROR a commit failed  event=commit_failed topic=orders.v1 "
            "partition=3");
}

TEST(LogText, QuotesWhatWouldBeMisread) {
  EXPECT_NE(text_line("t", {{"reason", "two words"}}).find(R"(reason="two words")"),
            std::string::npos);
  EXPECT_NE(text_line("t", {{"reason", ""}}).find(R"(reason="")"), std::string::npos);
  EXPECT_NE(text_line("t", {{"reason", "a\nb"}}).find(R"(reason="a\nb")"), std::string::npos);
}

TEST(LogText, StaysOneLineWhateverTheTextHolds) {
  EXPECT_EQ(text_line("first\nsecond\x1b[2J").find_first_of("\n\x1b"), std::string::npos);
}

TEST(LogText, IsColouredOnlyWhenAsked) {
  const Line line{kTime, Level::error, "e", "t", {}};
  EXPECT_EQ(format_text(line, Colour::off).find('\x1b'), std::string::npos);
  EXPECT_NE(format_text(line, Colour::on).find("\x1b[1;31mERROR\x1b[0m"), std::string::npos);
}

TEST(LogTime, RoundsDownBeforeTheEpochToo) {
  EXPECT_EQ(utc_time(std::chrono::system_clock::time_point(std::chrono::milliseconds(-1))),
            "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace tidegate::log
