// SPDX-License-Identifier: Apache-2.0
//
// The table of DESIGN §5, one row per test.
#include "host/route/router.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/fakes/fake_clock.hpp"

namespace tidegate {
namespace {

using config::Delivery;
using config::RetryMode;
using std::chrono::milliseconds;
using To = Route::To;

constexpr Delivery kLeast = Delivery::at_least_once;
constexpr Delivery kMost = Delivery::at_most_once;
constexpr bool kDlq = true;
constexpr bool kNoDlq = false;
constexpr bool kOutOfRetries = true;

// Delays 1s, 10s, 1m; a plugin that asks to wait asks for 5 s.
struct Row {
  std::string name;
  tidegate_status status;
  RetryMode mode;
  Delivery delivery;
  std::int64_t max_retries;
  bool dead_letter;
  std::uint32_t made;  // attempts before this one

  To to;
  ErrorKind kind;
  std::uint32_t attempts;
  std::int64_t delay_ms = 0;
  bool exhausted = false;

  friend std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.name; }
};

std::string name_of(const ::testing::TestParamInfo<Row>& row) { return row.param.name; }

kafka::Origin after(std::uint32_t attempts) {
  kafka::Origin origin;
  origin.topic = "orders";
  origin.attempts = attempts;
  return origin;
}

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    pipeline.name = "p";
    pipeline.retry.max_retries = -1;
    pipeline.retry.delays = {milliseconds(1'000), milliseconds(10'000), milliseconds(60'000)};
  }
  Route route(const Failure& failure, std::uint32_t made = 0) {
    Router router(pipeline, limiter, clock);
    const kafka::Origin origin = after(made);
    return router.route({"t", Partition{1}, Offset{2}}, failure, made > 0 ? &origin : nullptr);
  }
  static Failure failed(tidegate_status status, std::uint32_t delay_ms = 0) {
    return {.status = status, .kind = kind_of(status), .delay_ms = delay_ms, .reason = "why"};
  }
  [[nodiscard]] std::int64_t now_ms() const { return clock.wall().time_since_epoch().count(); }

  config::Pipeline pipeline;
  DeadLetterLimiter limiter{1, 0};
  fakes::FakeClock clock;
};

class RouterTable : public RouterTest, public ::testing::WithParamInterface<Row> {};

TEST_P(RouterTable, DecidesAsTheTableSays) {
  const Row& row = GetParam();
  pipeline.retry.mode = row.mode;
  pipeline.retry.max_retries = row.max_retries;
  pipeline.delivery = row.delivery;
  pipeline.dead_letter.enabled = row.dead_letter;
  const Route decided = route(failed(row.status, 5'000), row.made);
  EXPECT_EQ(decided.to, row.to);
  EXPECT_EQ(decided.kind, row.kind);
  EXPECT_EQ(decided.attempts, row.attempts);
  EXPECT_EQ(decided.delay.count(), row.delay_ms);
  EXPECT_EQ(decided.exhausted, row.exhausted);
  EXPECT_EQ(decided.not_before_ms, 0);
}

constexpr auto kTopic = RetryMode::topic;
constexpr auto kInPlace = RetryMode::in_place;
constexpr auto kNone = RetryMode::none;
constexpr auto kFalse = ErrorKind::returned_false;
constexpr auto kStatus = ErrorKind::status;
constexpr auto kThrew = ErrorKind::exception;

INSTANTIATE_TEST_SUITE_P(
    Retries, RouterTable,
    ::testing::Values(
        Row{"First", TIDEGATE_FALSE, kTopic, kLeast, 3, kDlq, 0, To::retry_topic, kFalse, 1, 1'000},
        Row{"Second", TIDEGATE_FAIL, kTopic, kLeast, 3, kDlq, 1, To::retry_topic, kStatus, 2,
            10'000},
        Row{"Last", TIDEGATE_EXCEPTION, kTopic, kLeast, 3, kDlq, 2, To::retry_topic, kThrew, 3,
            60'000},
        Row{"OneTooMany", TIDEGATE_FALSE, kTopic, kLeast, 3, kDlq, 3, To::dead_letter, kFalse, 4, 0,
            kOutOfRetries},
        Row{"OneTooManyIsDropped", TIDEGATE_FALSE, kTopic, kLeast, 3, kNoDlq, 3, To::drop, kFalse,
            4, 0, kOutOfRetries},
        Row{"NoneAllowed", TIDEGATE_FALSE, kTopic, kLeast, 0, kDlq, 0, To::dead_letter, kFalse, 1,
            0, kOutOfRetries},
        Row{"UnlimitedRepeatsTheLastDelay", TIDEGATE_FALSE, kTopic, kLeast, -1, kDlq, 100'000,
            To::retry_topic, kFalse, 100'001, 60'000},
        Row{"UnknownStatus", 99, kTopic, kLeast, 3, kDlq, 0, To::retry_topic, kStatus, 1, 1'000},
        Row{"RetryAfter", TIDEGATE_RETRY_AFTER, kTopic, kLeast, 3, kDlq, 0, To::retry_topic,
            kStatus, 1, 10'000},
        Row{"RetryAfterOneTooMany", TIDEGATE_RETRY_AFTER, kTopic, kLeast, 3, kDlq, 3,
            To::dead_letter, kStatus, 4, 0, kOutOfRetries}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    InPlace, RouterTable,
    ::testing::Values(
        Row{"First", TIDEGATE_FALSE, kInPlace, kLeast, 3, kDlq, 0, To::park, kFalse, 1, 1'000},
        Row{"Last", TIDEGATE_EXCEPTION, kInPlace, kLeast, 3, kDlq, 2, To::park, kThrew, 3, 60'000},
        Row{"OneTooMany", TIDEGATE_FALSE, kInPlace, kLeast, 3, kDlq, 3, To::dead_letter, kFalse, 4,
            0, kOutOfRetries},
        Row{"OneTooManyIsDropped", TIDEGATE_FALSE, kInPlace, kLeast, 3, kNoDlq, 3, To::drop, kFalse,
            4, 0, kOutOfRetries},
        Row{"NoneAllowed", TIDEGATE_FALSE, kInPlace, kLeast, 0, kDlq, 0, To::dead_letter, kFalse, 1,
            0, kOutOfRetries},
        Row{"UnlimitedRepeatsTheLastDelay", TIDEGATE_FALSE, kInPlace, kLeast, -1, kDlq, 100'000,
            To::park, kFalse, 100'001, 60'000},
        Row{"RetryAfterIsExact", TIDEGATE_RETRY_AFTER, kInPlace, kLeast, 3, kDlq, 0, To::park,
            kStatus, 1, 5'000},
        Row{"RetryAfterOneTooMany", TIDEGATE_RETRY_AFTER, kInPlace, kLeast, 3, kDlq, 3,
            To::dead_letter, kStatus, 4, 0, kOutOfRetries},
        Row{"DeadLetter", TIDEGATE_DEAD_LETTER, kInPlace, kLeast, -1, kDlq, 0, To::dead_letter,
            kStatus, 1},
        Row{"Pause", TIDEGATE_PAUSE, kInPlace, kLeast, 3, kDlq, 1, To::wait, kStatus, 1, 5'000}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Ends, RouterTable,
    ::testing::Values(
        Row{"DeadLetter", TIDEGATE_DEAD_LETTER, kTopic, kLeast, -1, kDlq, 1, To::dead_letter,
            kStatus, 2},
        Row{"DeadLetterIsDropped", TIDEGATE_DEAD_LETTER, kTopic, kLeast, -1, kNoDlq, 1, To::drop,
            kStatus, 2},
        Row{"Drop", TIDEGATE_DROP, kTopic, kLeast, -1, kDlq, 1, To::drop, ErrorKind::none, 2},
        Row{"DropAtMostOnce", TIDEGATE_DROP, kNone, kMost, 0, kDlq, 0, To::drop, ErrorKind::none,
            1},
        Row{"NoRetries", TIDEGATE_FALSE, kNone, kLeast, -1, kDlq, 0, To::dead_letter, kFalse, 1},
        Row{"NoRetriesOfAnException", TIDEGATE_EXCEPTION, kNone, kLeast, 3, kDlq, 0,
            To::dead_letter, kThrew, 1},
        Row{"NoRetriesIsDropped", TIDEGATE_FALSE, kNone, kLeast, 3, kNoDlq, 0, To::drop, kFalse, 1},
        Row{"NoRetryAfter", TIDEGATE_RETRY_AFTER, kNone, kLeast, -1, kDlq, 0, To::dead_letter,
            kStatus, 1},
        Row{"AtMostOnce", TIDEGATE_FALSE, kTopic, kMost, -1, kDlq, 0, To::dead_letter, kFalse, 1},
        Row{"AtMostOnceIsDropped", TIDEGATE_FALSE, kNone, kMost, -1, kNoDlq, 0, To::drop, kFalse,
            1},
        Row{"AtMostOnceNeverPauses", TIDEGATE_PAUSE, kNone, kMost, -1, kDlq, 0, To::dead_letter,
            kStatus, 1}),
    name_of);

INSTANTIATE_TEST_SUITE_P(Pauses, RouterTable,
                         ::testing::Values(Row{"First", TIDEGATE_PAUSE, kTopic, kLeast, 3, kDlq, 0,
                                               To::wait, kStatus, 0, 5'000},
                                           Row{"Uncharged", TIDEGATE_PAUSE, kTopic, kLeast, 3, kDlq,
                                               3, To::wait, kStatus, 3, 5'000},
                                           Row{"WithoutRetries", TIDEGATE_PAUSE, kNone, kLeast, 0,
                                               kNoDlq, 0, To::wait, kStatus, 0, 5'000}),
                         name_of);

struct Asked {
  std::uint32_t after_ms;
  std::int64_t delay_ms;
  bool hops;
};
class RouterHops : public RouterTest, public ::testing::WithParamInterface<Asked> {};

TEST_P(RouterHops, TakesTheShortestTopicThatIsLongEnough) {
  const Asked& asked = GetParam();
  // In the order of attempts, which need not be that of length.
  pipeline.retry.delays = {milliseconds(10'000), milliseconds(60'000), milliseconds(1'000)};
  const Route decided = route(failed(TIDEGATE_RETRY_AFTER, asked.after_ms), 1);
  EXPECT_EQ(decided.to, To::retry_topic);
  EXPECT_EQ(decided.attempts, 2U);
  EXPECT_EQ(decided.delay.count(), asked.delay_ms);
  EXPECT_EQ(decided.not_before_ms, asked.hops ? now_ms() + asked.after_ms : 0);
}

INSTANTIATE_TEST_SUITE_P(
    Waits, RouterHops,
    ::testing::Values(Asked{0, 1'000, false}, Asked{1'000, 1'000, false},
                      Asked{1'001, 10'000, false}, Asked{10'000, 10'000, false},
                      Asked{10'001, 60'000, false}, Asked{60'000, 60'000, false},
                      Asked{60'001, 60'000, true}, Asked{4'000'000'000, 60'000, true}));

TEST_F(RouterTest, AHopIsNoAttemptAndTheLastOneIsAsShortAsTheWaitThatIsLeft) {
  const Router router(pipeline, limiter, clock);
  const std::int64_t not_before = now_ms() + 65'000;
  const Route first = router.hop(2, not_before);
  EXPECT_EQ(first.to, To::retry_topic);
  EXPECT_EQ(first.delay.count(), 60'000);
  EXPECT_EQ(first.not_before_ms, not_before);
  clock.advance(std::chrono::seconds(60));
  const Route last = router.hop(first.attempts, first.not_before_ms);
  EXPECT_EQ(last.delay.count(), 10'000) << "5 s are left, 1 s would be too short";
  EXPECT_EQ(last.not_before_ms, 0);
  EXPECT_EQ(last.attempts, 2U);
}

TEST_F(RouterTest, ATrippedLimiterMakesTheMessageWaitUncharged) {
  pipeline.retry.max_retries = 3;
  DeadLetterLimiter strict(1, 1);
  ASSERT_TRUE(strict.admit());
  Router router(pipeline, strict, clock);
  const kafka::Origin origin = after(3);
  const Place place{"t", Partition{0}, Offset{0}};
  const Route refused = router.route(place, failed(TIDEGATE_FALSE), &origin);
  EXPECT_EQ(refused.to, To::wait);
  EXPECT_EQ(refused.attempts, 3U);
  EXPECT_EQ(refused.delay.count(), 0) << "it waits for resume, not for a time";
  EXPECT_TRUE(strict.tripped());
  strict.resume();
  const Route admitted = router.route(place, failed(TIDEGATE_FALSE), &origin);
  EXPECT_EQ(admitted.to, To::dead_letter);
  EXPECT_EQ(admitted.attempts, 4U);
}

TEST_F(RouterTest, OnlyDeadLettersAskTheLimiter) {
  DeadLetterLimiter strict(1, 1);
  pipeline.dead_letter.enabled = false;
  Router dropping(pipeline, strict, clock);
  const Place place{"t", Partition{0}, Offset{0}};
  EXPECT_EQ(dropping.route(place, failed(TIDEGATE_DEAD_LETTER), nullptr).to, To::drop);
  EXPECT_EQ(dropping.route(place, failed(TIDEGATE_DROP), nullptr).to, To::drop);
  EXPECT_EQ(dropping.route(place, failed(TIDEGATE_FALSE), nullptr).to, To::retry_topic);
  EXPECT_EQ(dropping.route(place, failed(TIDEGATE_PAUSE), nullptr).to, To::wait);
  EXPECT_TRUE(strict.admit()) << "none of them was counted";
}

TEST_F(RouterTest, ARetryCopyThatIsRefusedForGoodBecomesADeadLetterOfItsOwnKind) {
  Router router(pipeline, limiter, clock);
  const Place place{"t", Partition{0}, Offset{0}};
  Route retry = router.route(place, failed(TIDEGATE_FALSE), nullptr);
  ASSERT_EQ(retry.to, To::retry_topic);
  retry.kind = ErrorKind::rejected;
  const Route refused = router.ended(retry);
  EXPECT_EQ(refused.to, To::dead_letter);
  EXPECT_EQ(refused.kind, ErrorKind::rejected);
  EXPECT_EQ(refused.attempts, 1U);
  EXPECT_FALSE(refused.exhausted);
  pipeline.dead_letter.enabled = false;
  EXPECT_EQ(router.ended(retry).to, To::drop);
}

TEST_F(RouterTest, ACrashCostsNoRetryAndWaitsUntilItsCountIsCommitted) {
  pipeline.isolation = config::Isolation::process;
  pipeline.max_crashes = 2;
  pipeline.commit.interval = milliseconds(1'000);
  pipeline.retry.max_retries = 0;
  Router router(pipeline, limiter, clock);
  Failure failure;
  failure.kind = ErrorKind::crash;
  const Place place{"orders", Partition{0}, Offset{7}};
  const Route first = router.route(place, failure, nullptr);
  EXPECT_EQ(first.to, To::wait);
  EXPECT_EQ(first.crashes, 1U);
  EXPECT_EQ(first.attempts, 0U);
  EXPECT_EQ(first.delay, milliseconds(1'200));
  kafka::Origin origin = after(0);
  origin.crashes = 1;
  const Route second = router.route(place, failure, &origin);
  EXPECT_EQ(second.to, To::dead_letter);
  EXPECT_EQ(second.kind, ErrorKind::crash);
  EXPECT_EQ(second.attempts, 2U);
}

}  // namespace
}  // namespace tidegate
