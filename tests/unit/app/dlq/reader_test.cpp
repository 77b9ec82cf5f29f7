// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/reader.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>

#include "tests/fakes/mock_kafka.hpp"

namespace tidegate::dlq {
namespace {

class ReaderTest : public ::testing::Test {
 protected:
  ReaderTest() {
    kafka.create_topic("g.dlq", 2);
    kafka.produce("g.dlq", 1, "k", "v");
    kafka.flush();
    target.bootstrap_servers = {kafka.bootstrap()};
    kafka.move_leader("g.dlq", 0, -1);
    kafka.track_requests();
  }
  std::optional<Ranges> extent(std::chrono::milliseconds patience) {
    ReadClient client(target, "g.dlq-replay", patience);
    return extent_of(client, "g.dlq");
  }

  fakes::MockKafka kafka;
  Target target;
};

// A broker that died, or woke up, a moment ago: its partitions have no leader yet.
TEST_F(ReaderTest, APartitionWithoutALeaderIsWaitedFor) {
  auto asking = std::async(std::launch::async, [&] { return extent(std::chrono::seconds(60)); });
  while (kafka.seen(fakes::MockKafka::Request::metadata) < 5 &&
         asking.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready) {
  }
  ASSERT_NE(asking.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  kafka.move_leader("g.dlq", 0, 1);
  const auto ranges = asking.get();
  ASSERT_TRUE(ranges);
  EXPECT_EQ(ranges->at(0).end, 0);
  EXPECT_EQ(ranges->at(1).end, 1);
}

// In a process of its own, because it leaves its client behind.
TEST_F(ReaderTest, OneThatGetsNoneWithinTheTimeoutIsUnreachable) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        EXPECT_THROW((void)extent(std::chrono::milliseconds(500)), Unreachable);
        std::_Exit(kafka::client_left_behind && !HasFailure() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tidegate::dlq
