// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/filter.hpp"

#include "host/app/dlq/options.hpp"
#include "tests/unit/app/dlq/letters.hpp"

namespace tidegate::dlq {
namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;

TEST(Moment, IsATimeOrHowLongAgo) {
  EXPECT_EQ(parse_moment("2023-11-14T22:13:20Z")->unix_ms(kNowMs), kNowMs);
  EXPECT_EQ(parse_moment("2023-11-15T00:13:20.5+02:00")->unix_ms(kNowMs), kNowMs + 500);
  EXPECT_EQ(parse_moment("2h")->unix_ms(kNowMs), kNowMs - 2 * 3'600'000);
  EXPECT_EQ(parse_moment("1h30m")->unix_ms(kNowMs), kNowMs - 5'400'000);
  EXPECT_EQ(parse_moment("0")->unix_ms(kNowMs), kNowMs);
  for (const char* neither : {"", "soon", "-2h", "2023-11-14", "2h ago", "2023-13-14T22:13:20Z"})
    EXPECT_FALSE(parse_moment(neither).has_value()) << neither;
}

TEST(Filter, IsEmptyUntilSomethingIsAskedFor) {
  EXPECT_TRUE(Filter{}.empty());
  EXPECT_FALSE(Filter{.kinds = {"crash"}}.empty());
  EXPECT_FALSE(Filter{.since = Moment{}}.empty());
  EXPECT_FALSE(Filter{.until = Moment{}}.empty());
  EXPECT_FALSE(Filter{.key = ""}.empty());
  EXPECT_FALSE(Filter{.origin_topic = ""}.empty());
  EXPECT_FALSE(Filter{.from_pipeline = ""}.empty());
  EXPECT_FALSE(Filter{.partition = 0}.empty());
}

TEST(Filter, WithoutOneOrWithANameProgressIsKept) {
  const Filter some{.kinds = {"crash"}};
  EXPECT_TRUE(keeps_progress({}, {}));
  EXPECT_FALSE(keeps_progress({}, some));
  EXPECT_TRUE(keeps_progress({.progress = "mine"}, some));
}

using FilterTest = Letters;

TEST_F(FilterTest, LetsThroughWhatHasEverythingThatIsAskedFor) {
  const DeadLetter found =
      letter({.key = "k", .value = "v", .headers = headers_of_a_dead_letter()});
  const std::int64_t written_ms = found.timestamp_ms();
  const auto at = [](std::int64_t ms) { return Moment{Moment::Kind::fixed, ms}; };
  const auto ago = [](std::int64_t ms) { return Moment{Moment::Kind::ago, ms}; };
  const Filter good{.kinds = {"crash", "exception"},
                    .since = at(written_ms),
                    .until = ago(1),
                    .key = "k",
                    .origin_topic = "orders",
                    .origin_partition = 3,
                    .origin_offset = 41,
                    .from_pipeline = "billing",
                    .partition = found.partition,
                    .offset = found.offset};
  const std::int64_t now_ms = written_ms + 2;
  EXPECT_TRUE(matches({}, found, now_ms));
  EXPECT_TRUE(matches(good, found, now_ms));
  const auto but = [&](auto change) {
    Filter changed = good;
    change(changed);
    return matches(changed, found, now_ms);
  };
  EXPECT_FALSE(but([](Filter& f) { f.kinds = {"crash"}; }));
  EXPECT_FALSE(but([&](Filter& f) { f.since = at(written_ms + 1); }));
  EXPECT_FALSE(but([&](Filter& f) { f.until = at(written_ms); })) << "until is not included";
  EXPECT_FALSE(but([&](Filter& f) { f.until = ago(2); }));
  EXPECT_FALSE(but([](Filter& f) { f.key = "kk"; }));
  EXPECT_FALSE(but([](Filter& f) { f.origin_topic = "order"; }));
  EXPECT_FALSE(but([](Filter& f) { f.origin_partition = 4; }));
  EXPECT_FALSE(but([](Filter& f) { f.origin_offset = 4; }));
  EXPECT_FALSE(but([](Filter& f) { f.from_pipeline = "orders"; }));
  EXPECT_FALSE(but([](Filter& f) { f.partition = 1; }));
  EXPECT_FALSE(but([](Filter& f) { *f.offset += 1; }));
}

TEST_F(FilterTest, AMessageOfSomebodyElseHasNothingToAskFor) {
  const DeadLetter found = letter({.key = {}, .value = {}, .headers = {}});
  EXPECT_TRUE(matches({}, found, kNowMs));
  EXPECT_TRUE(matches({.kinds = {"unknown"}}, found, kNowMs));
  EXPECT_FALSE(matches({.key = ""}, found, kNowMs)) << "absent is not empty";
  EXPECT_FALSE(matches({.origin_partition = 0}, found, kNowMs));
  EXPECT_FALSE(matches({.origin_offset = 0}, found, kNowMs));
}

}  // namespace
}  // namespace tidegate::dlq
