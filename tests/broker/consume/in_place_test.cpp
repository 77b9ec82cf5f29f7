// SPDX-License-Identifier: Apache-2.0
//
// retry.mode = "in_place" against a mock cluster: order, release and passes with librdkafka's seek,
// pause and resume in them. Figures and real brokers are in tests/e2e.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

constexpr int kKeys = 20;
constexpr int kInPlacePartitions = 2;

config::Pipeline in_place_on(const fakes::MockKafka& kafka, const std::string& topic) {
  config::Pipeline pipeline = pipeline_on(kafka, topic);
  pipeline.ordering = config::Ordering::key;
  pipeline.retry.mode = config::RetryMode::in_place;
  pipeline.retry.max_retries = -1;
  pipeline.retry.delays = {milliseconds(50), milliseconds(200)};
  pipeline.max_in_flight_messages = 100;
  return pipeline;
}

// Key k0 fails for ever while `stuck`; of the others each message with an offset that is a multiple
// of 17 fails twice. What was handled, by partition and key.
class Flaky {
 public:
  tidegate_status handle(const tidegate_message& message) {
    const std::string key(static_cast<const char*>(message.key.data), message.key.size);
    if (key == "k0" ? stuck.load() : message.offset % 17 == 0 && message.attempt < 3)
      return TIDEGATE_FALSE;
    MutexLock lock(mutex_);
    handled_[{message.partition, key}].push_back(message.offset);
    return TIDEGATE_OK;
  }
  [[nodiscard]] std::size_t messages() const {
    MutexLock lock(mutex_);
    std::size_t count = 0;
    for (const auto& [lane, offsets] : handled_)
      count += std::set<std::int64_t>(offsets.begin(), offsets.end()).size();
    return count;
  }
  // The first time each message was handled; later ones are repeats after a rebalance.
  void expect_order() const {
    MutexLock lock(mutex_);
    for (const auto& [lane, offsets] : handled_) {
      std::int64_t last = -1;
      std::set<std::int64_t> seen;
      for (const std::int64_t offset : offsets) {
        if (!seen.insert(offset).second) continue;
        EXPECT_LT(last, offset) << lane.first << ' ' << lane.second;
        last = offset;
      }
    }
  }
  std::atomic<bool> stuck{true};

 private:
  mutable Mutex mutex_;
  std::map<std::pair<std::int32_t, std::string>, std::vector<std::int64_t>>
      handled_ TIDEGATE_GUARDED_BY(mutex_);
};

// Returns how many messages are of key k0: about a third.
std::size_t fill_keys(fakes::MockKafka& kafka, const std::string& topic, int per_partition) {
  kafka.ensure_topic(topic, kInPlacePartitions);
  std::size_t stuck = 0;
  for (int i = 0; i < per_partition; ++i) {
    const int key = i % 3 == 0 ? 0 : i % kKeys;
    for (int p = 0; p < kInPlacePartitions; ++p) {
      kafka.produce(topic, p, "k" + std::to_string(key), "v");
      stuck += key == 0 ? 1 : 0;
    }
  }
  kafka.flush();
  return stuck;
}

std::uint64_t given_back(const metrics::ConsumerSnapshot& snapshot, GivenBack reason) {
  std::uint64_t total = 0;
  for (const auto& topic : snapshot.topics)
    total += topic.given_back[static_cast<std::size_t>(reason)];
  return total;
}

class InPlace : public ::testing::TestWithParam<const char*> {};

TEST_P(InPlace, Invariant6_OrderIsKeptThroughReleaseAndPassesAndARebalance) {
  constexpr int kEach = 2'000;
  fakes::MockKafka kafka;
  const std::string topic = std::string("inplace-") + GetParam();
  const std::size_t stuck = fill_keys(kafka, topic, kEach);
  config::Pipeline pipeline = in_place_on(kafka, topic);
  pipeline.consumer["partition.assignment.strategy"] = GetParam();
  Flaky flaky;
  const auto handler = [&](const tidegate_message& message) { return flaky.handle(message); };
  Rig first(kafka, pipeline, handler);
  const std::size_t all = kInPlacePartitions * kEach;
  EXPECT_TRUE(eventually([&] {
    expect_books_add_up(first.snapshot());
    return flaky.messages() >= (all - stuck) / 3;
  })) << flaky.messages();
  {
    Rig second(kafka, pipeline, handler);
    EXPECT_TRUE(eventually([&] { return second.snapshot().has_assignment; }));
    second.stop(std::chrono::seconds(20));
  }
  EXPECT_TRUE(eventually([&] {
    const auto snapshot = first.snapshot();
    expect_books_add_up(snapshot);
    return given_back(snapshot, GivenBack::released) > 0 && flaky.messages() >= all - stuck;
  })) << flaky.messages();
  flaky.stuck = false;
  EXPECT_TRUE(eventually([&] { return first.snapshot().caught_up; }));
  EXPECT_EQ(flaky.messages(), all);
  flaky.expect_order();
  first.stop(std::chrono::seconds(20));
  for (std::int32_t p = 0; p < kInPlacePartitions; ++p)
    EXPECT_EQ(kafka.committed(pipeline.group_id, topic, p), kEach);
}

INSTANTIATE_TEST_SUITE_P(Strategies, InPlace, ::testing::Values("range", "cooperative-sticky"),
                         [](const auto& strategy) {
                           return std::string(strategy.param) == "range" ? "Eager" : "Cooperative";
                         });

TEST(InPlaceBound, NothingIsReadFurtherThanMaxAheadAndTheMetricSaysSo) {
  fakes::MockKafka kafka;
  (void)fill_keys(kafka, "ahead", 2'000);
  config::Pipeline pipeline = in_place_on(kafka, "ahead");
  pipeline.retry.max_ahead = 300;
  Flaky flaky;
  std::atomic<std::int64_t> farthest{0};
  Rig rig(kafka, pipeline, [&](const tidegate_message& message) {
    if (message.offset > farthest) farthest = message.offset;
    return flaky.handle(message);
  });
  EXPECT_TRUE(eventually([&] {
    return paused(rig.snapshot(), metrics::PauseReason::max_ahead) == kInPlacePartitions;
  }));
  EXPECT_LT(farthest, 300 + 100) << "and a batch";
  EXPECT_EQ(kafka.committed(pipeline.group_id, "ahead", 0), 0) << "its first message fails";
  flaky.stuck = false;
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  EXPECT_EQ(flaky.messages(), 4'000U);
  flaky.expect_order();
}

}  // namespace
}  // namespace tidegate::broker
