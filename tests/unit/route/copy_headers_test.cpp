// SPDX-License-Identifier: Apache-2.0
//
// The messages here come over the wire from a mock broker, so that their headers are parsed the way
// they are in the host.
#include "host/route/copy_headers.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/mock_kafka.hpp"
#include "tests/fakes/topic_io.hpp"

namespace tidegate {
namespace {

using fakes::HeaderList;

const CopySender kSender{.pipeline = "orders", .group = "billing"};
const kafka::Origin kOrigin{.topic = "orders.v1",
                            .partition = Partition{3},
                            .offset = Offset{41},
                            .timestamp_ms = 1'600'000'000'123,
                            .first_failure_ms = 1'700'000'000'456,
                            .not_before_ms = 0,
                            .attempts = 1,
                            .replays = 7};
const CopyFacts kFacts{
    .kind = ErrorKind::exception, .reason = "no such order", .plugin = "flaky@1.2", .attempts = 2};

// What every copy of these facts carries behind its own headers.
HeaderList ours() {
  return {{"tidegate-attempt", "2"},
          {"tidegate-origin-topic", "orders.v1"},
          {"tidegate-origin-partition", "3"},
          {"tidegate-origin-offset", "41"},
          {"tidegate-origin-timestamp-ms", "1600000000123"},
          {"tidegate-first-failure-ms", "1700000000456"},
          {"tidegate-error-kind", "exception"},
          {"tidegate-error", "no such order"},
          {"tidegate-pipeline", "orders"},
          {"tidegate-group", "billing"},
          {"tidegate-plugin", "flaky@1.2"},
          {"tidegate-replays", "7"}};
}

HeaderList operator+(HeaderList left, const HeaderList& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

class CopyHeaders : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    kafka_ = std::make_unique<fakes::MockKafka>();
    kafka_->create_topic("t", 1);
  }
  static void TearDownTestSuite() { kafka_.reset(); }

  // A message with these headers, as it was read.
  static kafka::HeldMessage message_with(const HeaderList& headers) {
    fakes::write(kafka_->bootstrap(), "t", 0, {.key = {}, .value = "v", .headers = headers});
    return std::move(fakes::read_all(kafka_->bootstrap(), "t", 0).back());
  }
  static HeaderList copied(const HeaderList& headers, const CopyFacts& facts = kFacts) {
    const Headers made = copy_headers(message_with(headers), kOrigin, kSender, facts);
    return made == nullptr ? HeaderList{} : fakes::list(made.get());
  }

 private:
  static inline std::unique_ptr<fakes::MockKafka> kafka_;
};

TEST_F(CopyHeaders, AMessageWithoutHeadersGetsOurs) { EXPECT_EQ(copied({}), ours()); }

TEST_F(CopyHeaders, ForeignHeadersStayAsTheyAreInOrder) {
  const std::string binary("\0\xff\n", 3);
  const HeaderList foreign = {{"trace", "1"}, {"b", binary},        {"trace", "2"},
                              {"none", {}},   {"empty", ""},        {"tidegate", "not ours"},
                              {"trace", {}},  {"Tidegate-x", "nor"}};
  EXPECT_EQ(copied(foreign), foreign + ours());
}

TEST_F(CopyHeaders, OursReplaceTheirPredecessorsSoThatTheyDoNotGrow) {
  const HeaderList before = {
      {"tidegate-attempt", "9"},          {"a", "1"}, {"tidegate-attempt", "8"},
      {"tidegate-of-somebody-else", "x"}, {"b", "2"}, {"tidegate-not-before-ms", "5"}};
  const HeaderList expected = HeaderList{{"a", "1"}, {"b", "2"}} + ours();
  EXPECT_EQ(copied(before), expected);
  EXPECT_EQ(copied(expected), expected) << "a copy of a copy is no larger";
}

TEST_F(CopyHeaders, OnlyAHopSaysNotBefore) {
  CopyFacts hop = kFacts;
  hop.not_before_ms = 1'700'000'999'000;
  const HeaderList not_before = {{"tidegate-not-before-ms", "1700000999000"}};
  EXPECT_EQ(copied({}, hop), ours() + not_before);
}

TEST_F(CopyHeaders, ALongReasonIsCutAndWhatIsNoTextIsReplaced) {
  CopyFacts facts = kFacts;
  const std::string reason = "\xff" + std::string(1022, 'x') + "\xc3\xa4";
  facts.reason = reason;
  EXPECT_EQ(fakes::only(copied({}, facts), "tidegate-error"), "?" + std::string(1022, 'x'))
      << "the last character would end behind 1 KiB";
  facts.reason = {};
  EXPECT_EQ(fakes::only(copied({}, facts), "tidegate-error"), "") << "empty, not absent";
}

TEST_F(CopyHeaders, WhatACopySaysIsReadBack) {
  CopyFacts facts = kFacts;
  facts.not_before_ms = 77;
  const auto read = read_origin(message_with(copied({{"foreign", "x"}}, facts)));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->topic, "orders.v1");
  EXPECT_EQ(read->partition.value, 3);
  EXPECT_EQ(read->offset.value, 41);
  EXPECT_EQ(read->timestamp_ms, 1'600'000'000'123);
  EXPECT_EQ(read->first_failure_ms, 1'700'000'000'456);
  EXPECT_EQ(read->not_before_ms, 77);
  EXPECT_EQ(read->attempts, 2U);
  EXPECT_EQ(read->replays, 7U);
}

TEST_F(CopyHeaders, AMessageWithoutATimestampKeepsThatItHadNone) {
  HeaderList headers = ours();
  headers[4].second = "-1";
  const auto read = read_origin(message_with(headers));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->timestamp_ms, -1);
}

TEST_F(CopyHeaders, WhatOnlySomeCopiesCarryMayBeMissing) {
  HeaderList headers = ours();
  headers.pop_back();  // tidegate-replays; there was no tidegate-not-before-ms
  const auto read = read_origin(message_with(headers));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->replays, 0U);
  EXPECT_EQ(read->not_before_ms, 0);
}

TEST_F(CopyHeaders, AMessageOfSomebodyElseHasNoOrigin) {
  EXPECT_FALSE(read_origin(message_with({})).has_value());
  EXPECT_FALSE(read_origin(message_with({{"a", "1"}})).has_value());
  EXPECT_FALSE(read_origin(message_with({{"tidegate-attempt", "9"}})).has_value());
}

// The first six say where it came from: without any one of them nothing is believed.
class DamagedHeaders : public CopyHeaders, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(DamagedHeaders, GiveNoOrigin) {
  const std::size_t which = GetParam();
  HeaderList missing = ours();
  missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(which));
  EXPECT_FALSE(read_origin(message_with(missing)).has_value());
  HeaderList null = ours();
  null[which].second = std::nullopt;
  EXPECT_FALSE(read_origin(message_with(null)).has_value());
  if (which == 1) return;  // any text is a topic
  for (const char* damaged : {"", "x", "1x", " 1", "1.5", "99999999999999999999", "+1"}) {
    HeaderList headers = ours();
    headers[which].second = damaged;
    EXPECT_FALSE(read_origin(message_with(headers)).has_value()) << damaged;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, DamagedHeaders, ::testing::Range(std::size_t{0}, std::size_t{6}));

// Whoever may write to the retry topic may write anything: no copy may be stuck, or end the host.
TEST_F(CopyHeaders, NumbersThatNoCopyOfOursCarriesGiveNoOrigin) {
  HeaderList headers = ours();
  headers[0].second = "4294967295";  // one more attempt would be number 0
  EXPECT_FALSE(read_origin(message_with(headers)).has_value());
  headers = ours();
  headers[2].second = "-2";  // no partition of any topic
  EXPECT_FALSE(read_origin(message_with(headers)).has_value());
}

TEST_F(CopyHeaders, OfASourceMessageOnlyTheReplaysOfThisGroupCount) {
  const HeaderList replayed = {{"tidegate-replays", "2"}, {"tidegate-group", "billing"}};
  EXPECT_EQ(replays_before(message_with(replayed), "billing"), 2U);
  EXPECT_EQ(replays_before(message_with(replayed), "shipping"), 0U);
  EXPECT_EQ(replays_before(message_with({{"tidegate-replays", "2"}}), "billing"), 0U);
  EXPECT_EQ(
      replays_before(message_with({{"tidegate-replays", "-2"}, {"tidegate-group", "billing"}}),
                     "billing"),
      0U);
  EXPECT_EQ(replays_before(message_with({}), "billing"), 0U);
}

TEST(CleanUtf8, KeepsTextAndCutsBetweenCharacters) {
  EXPECT_EQ(clean_utf8("", 10), "");
  EXPECT_EQ(clean_utf8("plain", 10), "plain");
  EXPECT_EQ(clean_utf8("plain", 5), "plain");
  EXPECT_EQ(clean_utf8("plain", 4), "plai");
  EXPECT_EQ(clean_utf8("plain", 0), "");
  const std::string text = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";  // 1, 2, 3 and 4 bytes
  EXPECT_EQ(clean_utf8(text, 10), text);
  EXPECT_EQ(clean_utf8(text, 9), text.substr(0, 6));
  EXPECT_EQ(clean_utf8(text, 6), text.substr(0, 6));
  EXPECT_EQ(clean_utf8(text, 5), text.substr(0, 3));
  EXPECT_EQ(clean_utf8(text, 2), text.substr(0, 1));
}

TEST(CleanUtf8, ReplacesWhatIsNoCharacterByteByByte) {
  EXPECT_EQ(clean_utf8("a\x80z", 10), "a?z") << "a continuation without a beginning";
  EXPECT_EQ(clean_utf8("a\xc3", 10), "a?") << "cut off";
  EXPECT_EQ(clean_utf8("\xe2\x82z", 10), "??z");
  EXPECT_EQ(clean_utf8("\xc0\xaf", 10), "??") << "overlong";
  EXPECT_EQ(clean_utf8("\xe0\x80\xaf", 10), "???");
  EXPECT_EQ(clean_utf8("\xf0\x80\x80\xaf", 10), "????");
  EXPECT_EQ(clean_utf8("\xed\xa0\x80", 10), "???") << "a surrogate";
  EXPECT_EQ(clean_utf8("\xed\x9f\xbf", 10), "\xed\x9f\xbf") << "the last one before them";
  EXPECT_EQ(clean_utf8("\xf4\x90\x80\x80", 10), "????") << "behind the last character";
  EXPECT_EQ(clean_utf8("\xf4\x8f\xbf\xbf", 10), "\xf4\x8f\xbf\xbf");
  EXPECT_EQ(clean_utf8(std::string(100, '\xff'), 7), "???????");
}

}  // namespace
}  // namespace tidegate
