// SPDX-License-Identifier: Apache-2.0
//
// What happens when a failed message cannot be written anywhere, or must not be: nothing is ever
// finished before its copy is safe. Against a mock cluster that refuses copies.
#include <gtest/gtest.h>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

using metrics::PauseReason;

// Fails one message of partition 0.
Handler failing(std::int64_t offset, tidegate_status status = TIDEGATE_FALSE) {
  return [offset, status](const tidegate_message& message) {
    return message.partition == 0 && message.offset == offset ? status : TIDEGATE_OK;
  };
}

TEST(DeadLetter, Invariant1_AnOffsetIsNotCommittedBeforeItsCopyIsAcknowledged) {
  fakes::MockKafka kafka;
  fill(kafka, "blocked", 10, 2);
  refuse_copies(kafka, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 6);  // one try a second
  Rig rig(kafka, dead_lettering_on(kafka, "blocked"), failing(4));
  EXPECT_TRUE(eventually([&] { return paused(rig.snapshot(), PauseReason::dead_letter) == 1; }));
  // The other partition goes on, and this one is committed up to what waits.
  EXPECT_TRUE(eventually([&] {
    return kafka.committed("g-blocked", "blocked", 1) == 10 &&
           kafka.committed("g-blocked", "blocked", 0) >= 4;
  }));
  EXPECT_EQ(kafka.committed("g-blocked", "blocked", 0), 4);
  EXPECT_EQ(paused(rig.snapshot(), PauseReason::dead_letter), 1U) << "else this shows nothing";
  expect_books_add_up(rig.snapshot());
  EXPECT_EQ(rig.snapshot().in_flight, 1U);

  EXPECT_TRUE(eventually([&] { return ended(rig.snapshot(), Outcome::dead_letter) == 1; }));
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; })) << "it goes on by itself";
  EXPECT_EQ(rig.snapshot().dead_letter_failures, 6U);
  EXPECT_EQ(paused(rig.snapshot(), PauseReason::dead_letter), 0U);
  rig.stop(kPatience);
  EXPECT_EQ(kafka.committed("g-blocked", "blocked", 0), 10);
  EXPECT_EQ(fakes::read_all(kafka.bootstrap(), "g-blocked.dlq", 0).size(), 1U) << "written once";
  for (const auto& [place, times] : rig.handled()) EXPECT_EQ(times, 1) << place.second;
}

// As they do where the account may write to no topic: that lasts until somebody grants it.
TEST(DeadLetter, AProducerThatTheBrokersRefuseIsMadeAnewOnceASecondUntilTheyTakeIt) {
  constexpr std::size_t kTimesEach = 4;  // both members of the group have a producer
  fakes::MockKafka kafka;
  fill(kafka, "refused", 10);
  kafka.fail(fakes::MockKafka::Request::init_producer_id,
             RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, 2 * kTimesEach);
  const auto begin = std::chrono::steady_clock::now();
  Rig rig(kafka, dead_lettering_on(kafka, "refused"), failing(4));
  EXPECT_TRUE(eventually([&] { return ended(rig.snapshot(), Outcome::dead_letter) == 1; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(kTimesEach - 1));
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  rig.stop(kPatience);
  EXPECT_EQ(kafka.committed("g-refused", "refused", 0), 10);
  EXPECT_EQ(fakes::read_all(kafka.bootstrap(), "g-refused.dlq", 0).size(), 1U);
}

TEST(DeadLetter, WithStopThePipelineEndsAndTheOffsetIsNotCommitted) {
  fakes::MockKafka kafka;
  fill(kafka, "stops", 10);
  config::Pipeline pipeline = dead_lettering_on(kafka, "stops");
  pipeline.dead_letter.on_failure = config::OnFailure::stop;
  refuse_copies(kafka, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1);
  Rig rig(kafka, pipeline, failing(4));
  // The member that failed ends by itself and gives back what it held; the pipeline stops the rest.
  EXPECT_TRUE(eventually([&] {
    const auto snapshot = rig.snapshot();
    return snapshot.dead_letter_failures == 1 && snapshot.in_flight == 0;
  }));
  rig.stop(kPatience);
  ASSERT_TRUE(rig.ended());
  EXPECT_NE(rig.failure().find("g-stops.dlq"), std::string::npos) << rig.failure();
  EXPECT_EQ(kafka.committed("g-stops", "stops", 0), 4);
  expect_books_add_up(rig.snapshot());
}

TEST(DeadLetter, ADrainGivesBackCopiesThatWaitAndTheNextOwnerAttemptsThemAgain) {
  fakes::MockKafka kafka;
  fill(kafka, "drain", 10);
  refuse_copies(kafka, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 5);
  const config::Pipeline pipeline = dead_lettering_on(kafka, "drain");
  {
    Rig rig(kafka, pipeline, failing(4));
    EXPECT_TRUE(eventually([&] { return paused(rig.snapshot(), PauseReason::dead_letter) == 1; }));
    const auto begin = std::chrono::steady_clock::now();
    rig.stop(kPatience);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience / 2) << "it does not wait";
    const auto snapshot = rig.snapshot();
    expect_books_add_up(snapshot);
    EXPECT_EQ(snapshot.in_flight, 0U);
    EXPECT_EQ(ended(snapshot, Outcome::dead_letter), 0U);
    EXPECT_EQ(snapshot.topics.at(0).given_back[static_cast<std::size_t>(GivenBack::revoked)], 1U);
  }
  EXPECT_EQ(kafka.committed("g-drain", "drain", 0), 4);
  Attempts attempts;
  Rig next(kafka, pipeline, [&](const tidegate_message& message) {
    attempts.note(message);
    return message.offset == 4 ? TIDEGATE_FALSE : TIDEGATE_OK;
  });
  EXPECT_TRUE(eventually([&] { return ended(next.snapshot(), Outcome::dead_letter) == 1; }));
  ASSERT_EQ(attempts.of({0, 4}).size(), 1U);
  EXPECT_EQ(attempts.of({0, 4})[0].number, 1U) << "its first attempt was never charged";
  next.stop(kPatience);
  EXPECT_EQ(kafka.committed("g-drain", "drain", 0), 10);
}

TEST(DeadLetter, WithAtMostOnceWhatWaitsForItAtAStopIsLostAndNotGivenBack) {
  fakes::MockKafka kafka;
  fill(kafka, "once", 10);
  refuse_copies(kafka, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 5);
  config::Pipeline pipeline = dead_lettering_on(kafka, "once");
  pipeline.delivery = config::Delivery::at_most_once;
  Rig rig(kafka, pipeline, failing(4));
  EXPECT_TRUE(eventually([&] {
    const auto snapshot = rig.snapshot();
    return paused(snapshot, PauseReason::dead_letter) == 1 && snapshot.in_flight == 1;
  }));
  rig.stop(kPatience);
  const auto snapshot = rig.snapshot();
  expect_books_add_up(snapshot);
  EXPECT_EQ(ended(snapshot, Outcome::lost), 1U) << "it is committed, so it does not come again";
  EXPECT_EQ(snapshot.topics.at(0).given_back[static_cast<std::size_t>(GivenBack::revoked)], 0U);
  EXPECT_EQ(kafka.committed("g-once", "once", 0), 10);
}

TEST(DeadLetter, ATrippedLimiterHoldsThePipelineAndNoCommitPassesWhatWaits) {
  constexpr int kMessages = 40;
  fakes::MockKafka kafka;
  fill(kafka, "limit", kMessages);
  config::Pipeline pipeline = dead_lettering_on(kafka, "limit");
  pipeline.dead_letter.max_consecutive = 3;
  {
    Rig rig(kafka, pipeline, [](const tidegate_message&) { return TIDEGATE_FALSE; });
    EXPECT_TRUE(eventually([&] {
      const auto snapshot = rig.snapshot();
      expect_books_add_up(snapshot);
      return paused(snapshot, PauseReason::limiter) > 0 &&
             kafka.committed("g-limit", "limit", 0) == 3;
    }));
    const std::size_t calls = rig.handled_count();
    EXPECT_LT(calls, static_cast<std::size_t>(kMessages));
    EXPECT_FALSE(eventually([&] { return rig.handled_count() > calls; }, std::chrono::seconds(1)))
        << "nothing is attempted while it waits";
    EXPECT_EQ(kafka.committed("g-limit", "limit", 0), 3);
    rig.stop(kPatience);
    EXPECT_EQ(ended(rig.snapshot(), Outcome::dead_letter), 3U);
    expect_books_add_up(rig.snapshot());
  }
  EXPECT_EQ(kafka.committed("g-limit", "limit", 0), 3);
  // A restart lifts it; what waited is not charged for what failed.
  Attempts attempts;
  Rig next(kafka, pipeline, [&](const tidegate_message& message) {
    attempts.note(message);
    return TIDEGATE_OK;
  });
  EXPECT_TRUE(eventually([&] { return next.snapshot().caught_up; }));
  EXPECT_EQ(attempts.all().size(), static_cast<std::size_t>(kMessages - 3));
  for (const auto& [place, made] : attempts.all()) EXPECT_EQ(made.at(0).number, 1U);
  EXPECT_EQ(fakes::read_all(kafka.bootstrap(), "g-limit.dlq", 0).size(), 3U);
}

TEST(DeadLetter, ARetryCopyThatIsRefusedForGoodBecomesADeadLetterOfItsOwnKind) {
  fakes::MockKafka kafka;
  fill(kafka, "large", 5);
  refuse_copies(kafka, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 2);  // in a batch, and alone
  Rig rig(kafka, retrying_on(kafka, "large"), failing(2));
  EXPECT_TRUE(eventually([&] { return ended(rig.snapshot(), Outcome::dead_letter) == 1; }));
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  EXPECT_EQ(rig.handled_count(), 5U);
  EXPECT_TRUE(fakes::read_all(kafka.bootstrap(), "g-large.retry.100ms", 0).empty());
  const auto dead = fakes::read_all(kafka.bootstrap(), "g-large.dlq", 0);
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(fakes::only(fakes::headers_of(dead[0]), "tidegate-error-kind"), "rejected");
  EXPECT_EQ(fakes::only(fakes::headers_of(dead[0]), "tidegate-attempt"), "1");
}

// A copy that was refused for a time keeps its partition waiting; when it ends in another way, the
// partition goes on.
TEST(DeadLetter, SwitchedOffARetryCopyRefusedForGoodAfterAWaitLetsItsPartitionGoOn) {
  fakes::MockKafka kafka;
  fill(kafka, "leak", 5);
  config::Pipeline pipeline = retrying_on(kafka, "leak");
  pipeline.dead_letter.enabled = false;
  refuse_copies(kafka, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1);
  refuse_copies(kafka, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 2);  // in a batch, and alone
  Rig rig(kafka, pipeline, failing(2));
  EXPECT_TRUE(eventually([&] { return ended(rig.snapshot(), Outcome::drop) == 1; }));
  kafka.produce("leak", 0, "k", "behind it");
  kafka.flush();
  EXPECT_TRUE(eventually([&] { return rig.handled_count() == 6; }, std::chrono::seconds(5)));
  EXPECT_TRUE(eventually([&] { return paused(rig.snapshot(), PauseReason::dead_letter) == 0; }));
}

// The limiter's allowance holds for these too: what it refuses waits until somebody resumes.
TEST(DeadLetter, ARetryCopyRefusedForGoodIsNoDeadLetterWhileTheLimiterIsTripped) {
  fakes::MockKafka kafka;
  fill(kafka, "tripped", 5);
  config::Pipeline pipeline = retrying_on(kafka, "tripped");
  pipeline.dead_letter.max_consecutive = 1;
  pipeline.producer["linger.ms"] = "100";  // both copies travel in one request, refused whole
  refuse_copies(kafka, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, 3);  // together, and each alone
  Rig rig(kafka, pipeline, [](const tidegate_message& message) {
    return message.offset == 1 || message.offset == 2 ? TIDEGATE_FALSE : TIDEGATE_OK;
  });
  EXPECT_TRUE(eventually([&] { return ended(rig.snapshot(), Outcome::dead_letter) >= 1; }));
  EXPECT_FALSE(eventually([&] { return ended(rig.snapshot(), Outcome::dead_letter) > 1; },
                          std::chrono::seconds(3)));
  EXPECT_EQ(kafka.committed("g-tripped", "tripped", 0), 2);
}

TEST(DeadLetter, SwitchedOffAMessageOutOfRetriesIsDroppedAndCounted) {
  fakes::MockKafka kafka;
  fill(kafka, "off", 5);
  config::Pipeline pipeline = retrying_on(kafka, "off");
  pipeline.dead_letter.enabled = false;
  Rig rig(kafka, pipeline, failing(2));
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  EXPECT_EQ(rig.handled_count(), 7U) << "three attempts of one";
  EXPECT_EQ(ended(rig.snapshot(), Outcome::drop), 1U);
  expect_books_add_up(rig.snapshot());
}

TEST(DeadLetter, AtMostOnceNothingIsRetriedAndAFailureEndsThere) {
  fakes::MockKafka kafka;
  fill(kafka, "most", 10);
  config::Pipeline pipeline = dead_lettering_on(kafka, "most");
  pipeline.delivery = config::Delivery::at_most_once;
  Rig rig(kafka, pipeline, failing(4));
  EXPECT_TRUE(eventually([&] { return ended(rig.snapshot(), Outcome::dead_letter) == 1; }));
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  for (const auto& [place, times] : rig.handled()) EXPECT_EQ(times, 1) << place.second;
  EXPECT_EQ(fakes::read_all(kafka.bootstrap(), "g-most.dlq", 0).size(), 1U);
}

}  // namespace
}  // namespace tidegate::broker
