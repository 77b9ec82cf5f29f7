// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/units.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "host/base/config/suggest.hpp"

namespace tidegate::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(Duration, IsANumberWithAUnit) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("10s"), milliseconds(10'000));
  EXPECT_EQ(parse_duration("1m30s"), milliseconds(90'000));
  EXPECT_EQ(parse_duration("1h"), hours(1));
  EXPECT_EQ(parse_duration("7d"), hours(7 * 24));
  EXPECT_EQ(parse_duration("0"), milliseconds(0));
  EXPECT_EQ(parse_duration("0s"), milliseconds(0));
}

TEST(Duration, IsRefusedOtherwise) {
  for (const std::string bad : {"", "10", "s", "10 s", "-1s", "+1s", "1.5s", "1s1m", "1s2s", "10S",
                                "99999999999999999999s", "9999999999999d", "1m30"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(Duration, HasOneCanonicalForm) {
  EXPECT_EQ(format_duration(milliseconds(60'000)), "1m");
  EXPECT_EQ(format_duration(milliseconds(90'000)), "90s");
  EXPECT_EQ(format_duration(milliseconds(1500)), "1500ms");
  EXPECT_EQ(format_duration(milliseconds(0)), "0s");
  EXPECT_EQ(format_duration(hours(24)), "1d");
}

TEST(Size, IsANumberWithAUnit) {
  EXPECT_EQ(parse_size("64MiB"), 64ULL << 20U);
  EXPECT_EQ(parse_size("1GiB"), 1ULL << 30U);
  EXPECT_EQ(parse_size("10MB"), 10'000'000ULL);
  EXPECT_EQ(parse_size("5B"), 5ULL);
  EXPECT_EQ(parse_size("0"), 0ULL);
  for (const std::string bad : {"", "64", "64M", "MiB", "64 MiB", "-1B", "1.5GiB", "99999999TiB"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
  EXPECT_EQ(format_size(64ULL << 20U), "64MiB");
  EXPECT_EQ(format_size(10'000'000), "10MB");
}

TEST(Time, IsRfc3339WithAnOffset) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_time("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(parse_time("2024-02-29T12:00:00.250Z"), 1'709'208'000'250);
  EXPECT_EQ(parse_time("1969-12-31T23:59:59Z"), -1000);
  for (const std::string bad :
       {"", "2024-02-30T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01T25:00:00Z",
        "2024-1-1T00:00:00Z", "2024-01-01T00:00:00+1", "2024-01-01T00:00:00Zx",
        "2024-13-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

TEST(Nearest, IsTheOneWithFewestEditsIfAnyIsNear) {
  constexpr std::array<std::string_view, 3> kNames = {"topics", "topics_regex", "group_id"};
  EXPECT_EQ(nearest("topisc", kNames), "topics");
  EXPECT_EQ(nearest("groupid", kNames), "group_id");
  EXPECT_EQ(nearest("topic_regex", kNames), "topics_regex");
  EXPECT_EQ(nearest("x", kNames), "");
  EXPECT_EQ(nearest("concurrency", kNames), "");
}

}  // namespace
}  // namespace tidegate::config
