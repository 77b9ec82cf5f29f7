// SPDX-License-Identifier: Apache-2.0
//
// Retry topics against a mock cluster, whose topics have no append time of their own: the
// producer's takes its place. Real ones are in tests/e2e.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

using fakes::headers_of;
using fakes::only;

TEST(Retry, WhatIsPutOffIsReadAgainAlsoAfterARebalance) {
  fakes::MockKafka kafka;
  kafka.create_topic("putoff", 4);
  for (int p = 0; p < 4; ++p)
    fakes::write(kafka.bootstrap(), "putoff", p, {.key = {}, .value = "v", .headers = {}});
  config::Pipeline pipeline = retrying_on(kafka, "putoff");
  pipeline.retry.delays = {std::chrono::seconds(8)};
  pipeline.consumer["partition.assignment.strategy"] = "range";  // takes all away, and gives back
  Attempts attempts;
  const auto handler = [&](const tidegate_message& message) {
    attempts.note(message);
    return message.attempt == 1 ? TIDEGATE_FALSE : TIDEGATE_OK;
  };
  constexpr auto kRetry = static_cast<std::size_t>(metrics::PauseReason::retry);
  Rig first(kafka, pipeline, handler);
  ASSERT_TRUE(eventually([&] { return first.snapshot().paused_partitions[kRetry] == 4; }));
  {
    Rig second(kafka, pipeline, handler);
    EXPECT_TRUE(eventually([&] { return second.snapshot().has_assignment; }));
    second.stop(std::chrono::seconds(20));
  }
  // The mock refuses commits during a rebalance, so a first attempt may be made more than once.
  const auto retried = [&](std::int32_t p) {
    const std::vector<Attempt> made = attempts.of({p, 0});
    return std::any_of(made.begin(), made.end(), [](const Attempt& a) { return a.number == 2; });
  };
  for (std::int32_t p = 0; p < 4; ++p) EXPECT_TRUE(eventually([&] { return retried(p); })) << p;
}

TEST(Retry, AMessageThatAlwaysFailsIsAttemptedAsOftenAsAllowedAndEndsInTheDeadLetter) {
  fakes::MockKafka kafka;
  kafka.create_topic("always", 4);
  const std::string binary("\0\xff key", 6);
  fakes::write(kafka.bootstrap(), "always", 2, {.key = {}, .value = "ok", .headers = {}});
  fakes::write(kafka.bootstrap(), "always", 2,
               {.key = binary,
                .value = {},
                .headers = {{"trace", "1"}, {"tidegate-attempt", "9"}, {"trace", {}}}});
  const std::int64_t timestamp =
      fakes::read_all(kafka.bootstrap(), "always", 2).at(1).timestamp_ms();
  Attempts attempts;
  Rig rig(kafka, retrying_on(kafka, "always"), [&](const tidegate_message& message) {
    attempts.note(message);
    return message.offset == 1 ? TIDEGATE_FALSE : TIDEGATE_OK;
  });
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  const std::vector<Attempt> made = attempts.of({2, 1});
  ASSERT_EQ(made.size(), 3U) << "one and two retries";
  for (std::size_t i = 0; i < made.size(); ++i) {
    EXPECT_EQ(made[i].topic, "always") << "it sees the message where it came from";
    EXPECT_EQ(made[i].number, i + 1) << "headers of somebody else do not count";
    EXPECT_EQ(made[i].timestamp_ms, timestamp);
    if (i > 0) {
      EXPECT_GE(made[i].at - made[i - 1].at, milliseconds(100));
    }
  }
  EXPECT_EQ(attempts.of({2, 0}).size(), 1U);

  const auto dead = fakes::read_all(kafka.bootstrap(), "g-always.dlq", 2);
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].key(), binary);
  EXPECT_EQ(dead[0].value().data(), nullptr) << "an absent value stays absent";
  const fakes::HeaderList headers = headers_of(dead[0]);
  EXPECT_EQ(headers.at(0), (fakes::HeaderList::value_type{"trace", "1"}));
  EXPECT_EQ(headers.at(1), (fakes::HeaderList::value_type{"trace", std::nullopt}));
  EXPECT_EQ(only(headers, "tidegate-attempt"), "3");
  EXPECT_EQ(only(headers, "tidegate-error-kind"), "returned_false");
  EXPECT_EQ(only(headers, "tidegate-origin-topic"), "always");
  EXPECT_EQ(only(headers, "tidegate-origin-partition"), "2");
  EXPECT_EQ(only(headers, "tidegate-origin-offset"), "1");
  EXPECT_EQ(only(headers, "tidegate-origin-timestamp-ms"), std::to_string(timestamp));
  EXPECT_EQ(only(headers, "tidegate-pipeline"), "p");
  EXPECT_EQ(only(headers, "tidegate-group"), "g-always");
  EXPECT_EQ(only(headers, "tidegate-plugin"), "test@1");

  const auto snapshot = rig.snapshot();
  const std::map<std::pair<ErrorKind, std::string>, std::uint64_t> retries = {
      {{ErrorKind::returned_false, "100ms"}, 2}};
  EXPECT_EQ(snapshot.retries, retries);
  EXPECT_EQ(ended(snapshot, Outcome::dead_letter), 1U);
  rig.stop(std::chrono::seconds(20));
  EXPECT_EQ(kafka.committed("g-always", "always", 2), 2);
  EXPECT_EQ(kafka.committed("g-always", "g-always.retry.100ms", 2), 2);
}

// Everything that can happen to a message, at once.
TEST(Retry, Invariant5_TheBooksAddUpInEverySnapshotWhileMessagesFail) {
  constexpr int kEach = 60;
  fakes::MockKafka kafka;
  fill(kafka, "books", kEach, kPartitions);
  config::Pipeline pipeline = retrying_on(kafka, "books");
  pipeline.consumers = 2;
  Attempts attempts;
  Rig rig(kafka, pipeline, [&](const tidegate_message& message) -> tidegate_status {
    attempts.note(message);
    switch (message.offset % 6) {
      case 0: return TIDEGATE_FALSE;
      case 1: return message.attempt == 1 ? TIDEGATE_EXCEPTION : TIDEGATE_OK;
      case 2: return TIDEGATE_DROP;
      case 3: return TIDEGATE_DEAD_LETTER;
      default: return TIDEGATE_OK;
    }
  });
  EXPECT_TRUE(eventually([&] {
    const auto snapshot = rig.snapshot();
    expect_books_add_up(snapshot);
    return snapshot.caught_up;
  }));
  constexpr std::uint64_t kOfAKind = kPartitions * kEach / 6;
  const auto snapshot = rig.snapshot();
  // The mock refuses commits while a group prepares to rebalance, and what they covered comes again
  // when the second consumer takes its half.
  const auto expect = [&](std::uint64_t found, std::uint64_t wanted, const auto& what) {
    if (snapshot.commits_error == 0) EXPECT_EQ(found, wanted) << what;
    else EXPECT_GE(found, wanted) << what;
  };
  expect(ended(snapshot, Outcome::ok), 3 * kOfAKind, "ok");
  expect(ended(snapshot, Outcome::retry), 3 * kOfAKind, "two of kind 0, one of kind 1");
  expect(ended(snapshot, Outcome::drop), kOfAKind, "drop");
  expect(ended(snapshot, Outcome::dead_letter), 2 * kOfAKind, "dead letter");
  EXPECT_EQ(snapshot.in_flight, 0U);
  constexpr std::size_t kCalls[] = {3, 2, 1, 1, 1, 1};
  const auto made = attempts.all();
  EXPECT_EQ(made.size(), static_cast<std::size_t>(kPartitions * kEach));
  for (const auto& [place, calls] : made)
    expect(calls.size(), kCalls[place.second % 6],
           std::to_string(place.first) + "/" + std::to_string(place.second));
}

TEST(Retry, AHeadThatIsNotDueSoonHasItsPartitionPausedAndIsHandledInTime) {
  fakes::MockKafka kafka;
  kafka.create_topic("late", 1);
  config::Pipeline pipeline = retrying_on(kafka, "late");
  pipeline.retry.delays = {milliseconds(2500)};
  Attempts attempts;
  Rig rig(kafka, pipeline, [&](const tidegate_message& message) {
    attempts.note(message);
    return message.attempt == 1 ? TIDEGATE_FALSE : TIDEGATE_OK;
  });
  // The mock takes its time for a rebalance; the copy must not become due meanwhile.
  EXPECT_TRUE(eventually([&] {
    std::uint32_t assigned = 0;
    for (const auto& topic : rig.snapshot().topics) assigned += topic.assigned_partitions;
    return assigned == 1 + MockTopicAdmin::kPartitions;
  }));
  fill(kafka, "late", 1);
  // Both at once: waiting costs no memory. The copy may be read before its writer hears that it was
  // written.
  EXPECT_TRUE(eventually([&] {
    const auto snapshot = rig.snapshot();
    return paused(snapshot, metrics::PauseReason::retry) == 1 && snapshot.in_flight == 0;
  }));
  EXPECT_TRUE(eventually([&] { return attempts.of({0, 0}).size() == 2; }));
  const std::vector<Attempt> made = attempts.of({0, 0});
  EXPECT_GE(made[1].at - made[0].at, milliseconds(2500));
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  EXPECT_EQ(paused(rig.snapshot(), metrics::PauseReason::retry), 0U);
}

TEST(Retry, ANewOwnerWaitsForTheHeadsTimeToo) {
  fakes::MockKafka kafka;
  fill(kafka, "owner", 1);
  config::Pipeline pipeline = retrying_on(kafka, "owner");
  pipeline.retry.delays = {milliseconds(4000)};
  Attempts attempts;
  const auto handler = [&](const tidegate_message& message) {
    attempts.note(message);
    return message.attempt == 1 ? TIDEGATE_FALSE : TIDEGATE_OK;
  };
  {
    Rig first(kafka, pipeline, handler);
    EXPECT_TRUE(eventually([&] { return ended(first.snapshot(), Outcome::retry) == 1; }));
  }
  EXPECT_EQ(kafka.committed("g-owner", "owner", 0), 1);
  Rig second(kafka, pipeline, handler);
  EXPECT_TRUE(eventually([&] { return attempts.of({0, 0}).size() == 2; }));
  const std::vector<Attempt> made = attempts.of({0, 0});
  EXPECT_EQ(made[1].number, 2U);
  EXPECT_GE(made[1].at - made[0].at, milliseconds(4000));
}

TEST(Retry, NoOtherGroupSeesAGroupsRetries) {
  fakes::MockKafka kafka;
  fill(kafka, "shared", 20, 2);
  config::Pipeline one = retrying_on(kafka, "shared");
  config::Pipeline other = one;
  other.group_id = "another";
  other.dead_letter.topic = "another.dlq";
  Attempts attempts_of_one;
  Attempts attempts_of_other;
  const auto failing = [](Attempts& attempts, std::int64_t nth) {
    return [&attempts, nth](const tidegate_message& message) {
      attempts.note(message);
      return message.offset % nth == 0 ? TIDEGATE_FALSE : TIDEGATE_OK;
    };
  };
  Rig first(kafka, one, failing(attempts_of_one, 2));
  Rig second(kafka, other, failing(attempts_of_other, 5));
  EXPECT_TRUE(
      eventually([&] { return first.snapshot().caught_up && second.snapshot().caught_up; }));
  const auto expect = [](const Attempts& attempts, std::int64_t nth) {
    EXPECT_EQ(attempts.all().size(), 40U);
    for (const auto& [place, made] : attempts.all())
      EXPECT_EQ(made.size(), place.second % nth == 0 ? 3U : 1U) << place.second;
  };
  expect(attempts_of_one, 2);
  expect(attempts_of_other, 5);
}

TEST(Retry, APausedMessageIsAttemptedAgainUnchargedAndNothingOvertakesIt) {
  fakes::MockKafka kafka;
  fill(kafka, "pause", 50);
  std::atomic<int> pauses{0};
  Attempts attempts;
  Rig rig(kafka, retrying_on(kafka, "pause"), [&](const tidegate_message& message) {
    attempts.note(message);
    return message.offset == 20 && ++pauses <= 5 ? TIDEGATE_PAUSE : TIDEGATE_OK;
  });
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  const std::vector<Place> order = attempts.order();
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  const std::vector<Attempt> made = attempts.of({0, 20});
  EXPECT_EQ(made.size(), 6U);
  for (const Attempt& attempt : made) EXPECT_EQ(attempt.number, 1U);
  EXPECT_EQ(ended(rig.snapshot(), Outcome::ok), 50U);
  expect_books_add_up(rig.snapshot());
}

}  // namespace
}  // namespace tidegate::broker
