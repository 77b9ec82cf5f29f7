// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

namespace tidegate {
namespace {

// Below 2.14.2 messages are lost when batches meet a pause. CMake checks what it finds; this checks
// what was linked.
TEST(LibRdKafka, LinkedVersionIsRecentEnough) {
  EXPECT_GE(rd_kafka_version(), 0x020e02ff) << rd_kafka_version_str();
}

}  // namespace
}  // namespace tidegate
