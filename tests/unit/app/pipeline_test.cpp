// SPDX-License-Identifier: Apache-2.0
#include "host/app/pipeline.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <system_error>

#include "tests/fakes/made_pipelines.hpp"
#include "tests/fakes/no_threads.hpp"

namespace tidegate {
namespace {

class PipelineTest : public ::testing::Test {
 protected:
  bool stops() { return pipeline->wait_stopped(system_clock().now() + std::chrono::seconds(5)); }
  MadePipelines pipelines;
  std::unique_ptr<Pipeline> pipeline = pipelines.make("orders");
};

TEST_F(PipelineTest, OneThatIsNotStartedRunsNotAndIsAskedNothing) {
  EXPECT_FALSE(pipeline->runs());
  EXPECT_FALSE(pipeline->prove(std::nullopt).has_value());
  EXPECT_FALSE(pipeline->reload(std::nullopt).has_value());
  EXPECT_TRUE(stops());
}

TEST_F(PipelineTest, OneThatCannotBeStartedStops) {
  {
    const fakes::NoThreads none;
    EXPECT_THROW(pipeline->start(), std::system_error);
  }
  EXPECT_FALSE(pipeline->runs());
  pipeline->request_stop(system_clock().now());
  EXPECT_TRUE(stops());
}

}  // namespace
}  // namespace tidegate
