// SPDX-License-Identifier: Apache-2.0
#include "host/route/replay_headers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/mock_kafka.hpp"
#include "tests/fakes/topic_io.hpp"

namespace tidegate {
namespace {

using fakes::HeaderList;

const HeaderList kForeign = {{"trace", "1"}, {"b", std::string("\0\xff", 2)}, {"trace", {}}};
const HeaderList kOurs = {{"tidegate-attempt", "4"},
                          {"tidegate-origin-topic", "orders.v1"},
                          {"tidegate-origin-partition", "3"},
                          {"tidegate-origin-offset", "41"},
                          {"tidegate-origin-timestamp-ms", "1600000000123"},
                          {"tidegate-first-failure-ms", "1700000000456"},
                          {"tidegate-error-kind", "exception"},
                          {"tidegate-error", "no such order"},
                          {"tidegate-group", "billing"},
                          {"tidegate-not-before-ms", "1700000000999"},
                          {"tidegate-replays", "1"}};

class ReplayHeaders : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    kafka_ = std::make_unique<fakes::MockKafka>();
    kafka_->create_topic("t", 1);
  }
  static void TearDownTestSuite() { kafka_.reset(); }

  static kafka::HeldMessage letter(const HeaderList& ours) {
    HeaderList headers = kForeign;
    headers.insert(headers.end(), ours.begin(), ours.end());
    fakes::write(kafka_->bootstrap(), "t", 0, {.key = {}, .value = "v", .headers = headers});
    return std::move(fakes::read_all(kafka_->bootstrap(), "t", 0).back());
  }
  static HeaderList made(ReplayTo to, const HeaderList& ours = kOurs) {
    const Headers headers = replay_headers(letter(ours), to, "billing", 2);
    return headers == nullptr ? HeaderList{} : fakes::list(headers.get());
  }
  static HeaderList first(const HeaderList& headers) {
    return {headers.begin(), headers.begin() + static_cast<std::ptrdiff_t>(kForeign.size())};
  }

 private:
  static inline std::unique_ptr<fakes::MockKafka> kafka_;
};

TEST_F(ReplayHeaders, AtTheOriginOnlyTheCountOfReplaysAndWhoseItIsStay) {
  HeaderList expected = kForeign;
  expected.emplace_back("tidegate-group", "billing");
  expected.emplace_back("tidegate-replays", "2");
  EXPECT_EQ(made(ReplayTo::origin), expected);
}

TEST_F(ReplayHeaders, TheHostReadsTheCountBackFromTheOrigin) {
  const HeaderList headers = made(ReplayTo::origin);
  const HeaderList ours(headers.end() - 2, headers.end());
  EXPECT_EQ(replays_before(letter(ours), "billing"), 2U);
}

TEST_F(ReplayHeaders, InTheRetryTopicTheMessageIsWhatItWasAndNotYetAttempted) {
  const HeaderList headers = made(ReplayTo::retry);
  EXPECT_EQ(first(headers), kForeign);
  EXPECT_EQ(fakes::only(headers, "tidegate-error"), "no such order");
  EXPECT_EQ(fakes::only(headers, "tidegate-not-before-ms"), "(none)");
  const HeaderList ours(headers.begin() + static_cast<std::ptrdiff_t>(kForeign.size()),
                        headers.end());
  const auto origin = read_origin(letter(ours));
  ASSERT_TRUE(origin.has_value());
  EXPECT_EQ(origin->topic, "orders.v1");
  EXPECT_EQ(origin->partition.value, 3);
  EXPECT_EQ(origin->offset.value, 41);
  EXPECT_EQ(origin->timestamp_ms, 1'600'000'000'123);
  EXPECT_EQ(origin->attempts, 0U);
  EXPECT_EQ(origin->replays, 2U);
  EXPECT_EQ(origin->not_before_ms, 0);
}

TEST_F(ReplayHeaders, EachOfOursIsThereOnceHoweverOftenItWas) {
  HeaderList twice = kOurs;
  twice.insert(twice.end(), kOurs.begin(), kOurs.end());
  const HeaderList headers = made(ReplayTo::retry, twice);
  EXPECT_EQ(headers.size(), kForeign.size() + kOurs.size() - 1);
  EXPECT_EQ(fakes::only(headers, "tidegate-attempt"), "0");
}

}  // namespace
}  // namespace tidegate
