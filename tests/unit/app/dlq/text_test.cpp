// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidegate::dlq {
namespace {

TEST(Printable, KeepsTextAndEscapesWhatATerminalWouldObey) {
  EXPECT_EQ(printable(""), "");
  EXPECT_EQ(printable("plain \xc3\xa4\xe2\x82\xac"), "plain \xc3\xa4\xe2\x82\xac");
  EXPECT_EQ(printable(std::string("a\0b\n\x1b[2J\x7f", 9)), "a\\x00b\\x0a\\x1b[2J\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b") << "a control character beyond ASCII";
  EXPECT_EQ(printable("\xc2\xa0"), "\xc2\xa0");
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
}

TEST(Text, KnowsWhatIsUtf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(std::string("a\0\xc3\xa4", 4)));
  EXPECT_FALSE(is_utf8("a\xc3"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
}

TEST(Text, HexIsTwoDigitsAByte) {
  EXPECT_EQ(hex(std::string("\0\x0f\xff", 3)), "000fff");
  EXPECT_EQ(hex(""), "");
}

TEST(Text, TimesAreRfc3339OrADash) {
  EXPECT_EQ(time_text(1'600'000'000'123), "2020-09-13T12:26:40.123Z");
  EXPECT_EQ(time_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(time_text(-1), "-");
}

TEST(Text, BytesInJsonAreTextOrNullOrHex) {
  nlohmann::ordered_json object;
  put_bytes(object, "text", "v");
  put_bytes(object, "empty", "");
  put_bytes(object, "absent", {});
  put_bytes(object, "raw", "\xff");
  EXPECT_EQ(object.dump(), R"({"text":"v","empty":"","absent":null,"raw_hex":"ff"})");
}

TEST(Text, ColumnsOfATableAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(table({{"A", "LONG", "C"}, {"wide", "x", "y"}}), "A     LONG  C\nwide  x     y\n");
}

}  // namespace
}  // namespace tidegate::dlq
