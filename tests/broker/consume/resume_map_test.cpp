// SPDX-License-Identifier: Apache-2.0
//
// Resume maps through commits of a mock cluster. Crashes and real brokers are in tests/e2e.
#include <gtest/gtest.h>

#include <set>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

constexpr std::size_t kMessages = 600;

// One partition, whose messages of key k0, a third of all, wait for ever while `stuck`.
config::Pipeline parked_on(fakes::MockKafka& kafka, const std::string& topic) {
  kafka.create_topic(topic, 1);
  for (std::size_t i = 0; i < kMessages; ++i)
    kafka.produce(topic, 0, "k" + std::to_string(i % 3), "v");
  kafka.flush();
  config::Pipeline pipeline = pipeline_on(kafka, topic);
  pipeline.ordering = config::Ordering::key;
  pipeline.retry.mode = config::RetryMode::in_place;
  pipeline.retry.max_retries = -1;
  pipeline.retry.delays = {std::chrono::minutes(10)};
  return pipeline;
}

bool is_of_k0(const tidegate_message& message) {
  return std::string_view(static_cast<const char*>(message.key.data), message.key.size) == "k0";
}

void expect_only_k0_is_left(fakes::MockKafka& kafka, const config::Pipeline& pipeline) {
  std::atomic<std::size_t> again{0};
  Rig rig(kafka, pipeline, [&](const tidegate_message& message) {
    if (!is_of_k0(message)) ++again;
    return TIDEGATE_OK;
  });
  EXPECT_TRUE(eventually([&] { return rig.snapshot().caught_up; }));
  EXPECT_EQ(again, 0U);
  EXPECT_EQ(rig.handled().size(), kMessages / 3);
  EXPECT_EQ(rig.snapshot().resume_skipped, 2 * kMessages / 3);
  EXPECT_EQ(rig.snapshot().metadata_ignored, 0U);
  const auto picture = rig.snapshot();
  for (const auto& topic : picture.topics)
    EXPECT_EQ(topic.consumed, kMessages / 3) << "what is skipped is not consumed (invariant 5)";
}

TEST(ResumeMap, IsCommittedAlthoughThePositionStandsAndReadByTheNextOwner) {
  fakes::MockKafka kafka;
  const config::Pipeline pipeline = parked_on(kafka, "map");
  {
    Rig rig(kafka, pipeline, [](const tidegate_message& message) {
      return is_of_k0(message) ? TIDEGATE_FALSE : TIDEGATE_OK;
    });
    EXPECT_TRUE(eventually([&] { return rig.snapshot().resume_map_messages == 2 * kMessages / 3; }))
        << "without a stop";
    EXPECT_EQ(kafka.committed("g-map", "map", 0), 0);
  }
  expect_only_k0_is_left(kafka, pipeline);
  EXPECT_EQ(kafka.committed("g-map", "map", 0), static_cast<std::int64_t>(kMessages));
}

TEST(ResumeMap, ABrokerThatTakesLessMetadataGetsLessAndPositionsGoOn) {
  fakes::MockKafka kafka;
  const config::Pipeline pipeline = parked_on(kafka, "less");
  {
    std::atomic<bool> refused{false};
    Rig rig(kafka, pipeline, [&](const tidegate_message& message) {
      if (!refused.exchange(true)) {
        kafka.fail(fakes::MockKafka::Request::offset_commit,
                   RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE, 3);
      }
      return is_of_k0(message) ? TIDEGATE_FALSE : TIDEGATE_OK;
    });
    EXPECT_TRUE(
        eventually([&] { return rig.snapshot().resume_map_messages == 2 * kMessages / 3; }));
    EXPECT_EQ(rig.snapshot().commits_error, 3U);
  }
  expect_only_k0_is_left(kafka, pipeline);
}

}  // namespace
}  // namespace tidegate::broker
