// SPDX-License-Identifier: Apache-2.0
//
// An operator's pause: no handler call starts, polling and the membership go on, and nothing is
// lost, repeated or rebalanced when the pipeline goes on.
#include <gtest/gtest.h>

#include <atomic>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

using metrics::PauseReason;
constexpr int kBacklog = 400;

// Handler calls that wait until the test lets them go on.
class Gate {
 public:
  // [slot]
  void pass() {
    ++calls_;
    MutexLock lock(mutex_);
    opened_.wait(mutex_, [this]() TIDEGATE_REQUIRES(mutex_) { return open_; });
  }
  void open() {
    {
      MutexLock lock(mutex_);
      open_ = true;
    }
    opened_.notify_all();
  }
  // Calls that began.
  [[nodiscard]] int calls() const { return calls_; }

 private:
  std::atomic<int> calls_{0};
  Mutex mutex_;
  CondVar opened_;
  bool open_ TIDEGATE_GUARDED_BY(mutex_) = false;
};

TEST(Pause, NoHandlerCallStartsAndThoseThatRunEndAndAreCommitted) {
  fakes::MockKafka kafka;
  fill(kafka, "pause", kBacklog);
  Gate gate;
  Rig rig(kafka, pipeline_on(kafka, "pause"), [&](const tidegate_message&) {
    gate.pass();
    return TIDEGATE_OK;
  });
  ASSERT_TRUE(eventually([&] { return gate.calls() == 1; })) << "one partition is one lane";
  EXPECT_TRUE(rig.pause(kPatience));
  gate.open();
  EXPECT_TRUE(eventually([&] { return kafka.committed("g-pause", "pause", 0) == 1; }))
      << "what ran has ended";
  EXPECT_FALSE(eventually([&] { return gate.calls() > 1; }, std::chrono::seconds(1)));
  EXPECT_EQ(paused(rig.snapshot(), PauseReason::by_operator), 1U);
  expect_books_add_up(rig.snapshot());

  rig.resume();
  EXPECT_TRUE(eventually([&] { return rig.handled_count() == kBacklog; }));
  EXPECT_TRUE(eventually([&] { return paused(rig.snapshot(), PauseReason::by_operator) == 0; }))
      << "a picture is up to 50 ms old";
  rig.stop(kPatience);
  EXPECT_EQ(kafka.committed("g-pause", "pause", 0), kBacklog);
  for (const auto& [place, times] : rig.handled()) EXPECT_EQ(times, 1) << place.second;
}

TEST(Pause, TheMemberStaysAndReadsUpToItsBound) {
  fakes::MockKafka kafka;
  fill(kafka, "member", 10);
  config::Pipeline pipeline = pipeline_on(kafka, "member");
  pipeline.max_in_flight_messages = 100;
  pipeline.consumer["max.poll.interval.ms"] = "2500";  // a member that does not poll is thrown out
  Rig rig(kafka, pipeline, [](const tidegate_message&) { return TIDEGATE_OK; });
  ASSERT_TRUE(eventually([&] { return rig.handled_count() == 10; }));
  EXPECT_TRUE(rig.pause(kPatience));
  for (int i = 0; i < kBacklog; ++i) kafka.produce("member", 0, "k", "v");
  kafka.flush();
  EXPECT_TRUE(eventually([&] { return rig.snapshot().in_flight > 0; })) << "it goes on polling";
  const auto before = rig.snapshot();
  EXPECT_FALSE(eventually(
      [&] {
        const auto now = rig.snapshot();
        return now.rebalances_revoked > 0 || now.rebalances_lost > 0 || now.in_flight > 200 ||
               rig.handled_count() > 10;
      },
      std::chrono::seconds(4)));
  EXPECT_EQ(rig.snapshot().rebalances_assigned, before.rebalances_assigned);
  rig.resume();
  EXPECT_TRUE(eventually([&] { return rig.handled_count() == 10 + kBacklog; }));
  for (const auto& [place, times] : rig.handled()) EXPECT_EQ(times, 1) << place.second;
}

TEST(Pause, APausedPipelineDrainsAndGivesBackWhatItHolds) {
  fakes::MockKafka kafka;
  fill(kafka, "drained", kBacklog);
  Rig rig(kafka, pipeline_on(kafka, "drained"),
          [](const tidegate_message&) { return TIDEGATE_OK; });
  EXPECT_TRUE(rig.pause(kPatience)) << "it may not have joined yet: it starts no call then";
  EXPECT_TRUE(eventually([&] { return rig.snapshot().in_flight > 0 || rig.handled_count() > 0; }));
  const auto begin = std::chrono::steady_clock::now();
  rig.stop(kPatience);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience / 2) << "it waits for nothing";
  EXPECT_EQ(rig.snapshot().in_flight, 0U);
  expect_books_add_up(rig.snapshot());
}

TEST(Pause, AtMostOnceWhatIsReadMeanwhileIsNotCommittedAndNotLost) {
  fakes::MockKafka kafka;
  fill(kafka, "unread", kBacklog);
  config::Pipeline pipeline = pipeline_on(kafka, "unread");
  pipeline.delivery = config::Delivery::at_most_once;
  {
    Rig rig(kafka, pipeline, [](const tidegate_message&) { return TIDEGATE_OK; });
    EXPECT_TRUE(rig.pause(kPatience));
    EXPECT_TRUE(eventually([&] { return rig.snapshot().in_flight == kBacklog; }));
    EXPECT_FALSE(eventually([&] { return kafka.committed("g-unread", "unread", 0) > 0; },
                            std::chrono::seconds(1)));
    rig.stop(kPatience);
    EXPECT_EQ(rig.handled_count(), 0U);
    EXPECT_EQ(ended(rig.snapshot(), Outcome::lost), 0U);
    expect_books_add_up(rig.snapshot());
  }
  Rig next(kafka, pipeline, [](const tidegate_message&) { return TIDEGATE_OK; });
  EXPECT_TRUE(eventually([&] { return next.handled_count() == kBacklog; }));
}

TEST(Pause, AtMostOnceAStopHandlesWhatWasCommittedBefore) {
  fakes::MockKafka kafka;
  fill(kafka, "committed", kBacklog);
  config::Pipeline pipeline = pipeline_on(kafka, "committed");
  pipeline.delivery = config::Delivery::at_most_once;
  Gate gate;
  Rig rig(kafka, pipeline, [&](const tidegate_message&) {
    gate.pass();
    return TIDEGATE_OK;
  });
  ASSERT_TRUE(eventually([&] { return gate.calls() == 1; }));
  EXPECT_TRUE(rig.pause(kPatience));
  gate.open();
  EXPECT_FALSE(eventually([&] { return gate.calls() > 1; }, std::chrono::seconds(1)));
  const auto begin = std::chrono::steady_clock::now();
  rig.stop(kPatience);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience / 2);
  const std::int64_t committed = kafka.committed("g-committed", "committed", 0);
  EXPECT_GT(committed, 1) << "else this shows nothing";
  EXPECT_EQ(rig.handled_count(), static_cast<std::size_t>(committed));
  EXPECT_EQ(ended(rig.snapshot(), Outcome::lost), 0U);
  expect_books_add_up(rig.snapshot());
}

TEST(Pause, AtMostOnceAStopWhileTheLimiterIsTrippedDoesNotWaitForWhatMayNotStart) {
  fakes::MockKafka kafka;
  fill(kafka, "hopeless", kBacklog);
  config::Pipeline pipeline = dead_lettering_on(kafka, "hopeless");
  pipeline.delivery = config::Delivery::at_most_once;
  pipeline.dead_letter.max_consecutive = 3;
  Rig rig(kafka, pipeline, [](const tidegate_message&) { return TIDEGATE_FALSE; });
  ASSERT_TRUE(eventually([&] {
    return paused(rig.snapshot(), PauseReason::limiter) > 0 &&
           ended(rig.snapshot(), Outcome::dead_letter) == 3;
  }));
  const auto begin = std::chrono::steady_clock::now();
  rig.stop(kPatience);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience / 2);
  const auto last = rig.snapshot();
  EXPECT_EQ(ended(last, Outcome::lost) + 3,
            static_cast<std::uint64_t>(kafka.committed("g-hopeless", "hopeless", 0)));
  EXPECT_EQ(last.in_flight, 0U);
  expect_books_add_up(last);
}

TEST(Pause, ResumeLiftsTheLimiterAndWhatWaitedIsChargedNothing) {
  fakes::MockKafka kafka;
  fill(kafka, "lifted", kBacklog);
  config::Pipeline pipeline = dead_lettering_on(kafka, "lifted");
  pipeline.dead_letter.max_consecutive = 3;
  std::atomic<bool> broken{true};
  Attempts attempts;
  Rig rig(kafka, pipeline, [&](const tidegate_message& message) {
    if (broken) return TIDEGATE_FALSE;
    attempts.note(message);
    return TIDEGATE_OK;
  });
  ASSERT_TRUE(eventually([&] {
    return paused(rig.snapshot(), PauseReason::limiter) > 0 &&
           ended(rig.snapshot(), Outcome::dead_letter) == 3;
  }));
  broken = false;
  rig.resume();
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  EXPECT_EQ(attempts.all().size(), static_cast<std::size_t>(kBacklog - 3));
  for (const auto& [place, made] : attempts.all()) {
    ASSERT_EQ(made.size(), 1U) << place.second;
    EXPECT_EQ(made[0].number, 1U) << place.second;
  }
  EXPECT_EQ(ended(rig.snapshot(), Outcome::dead_letter), 3U);
  expect_books_add_up(rig.snapshot());
}

}  // namespace
}  // namespace tidegate::broker
