// SPDX-License-Identifier: Apache-2.0
//
// A handler call begins when a copy could be written. An idempotent producer has its id half a
// second after it was made, and later where brokers are slow; what the first copies wait for it
// would come on top of their delay.
#include <gtest/gtest.h>

#include "tests/broker/consume/failing.hpp"

namespace tidegate::broker {
namespace {

using std::chrono::seconds;

constexpr int kConsumers = 2;  // of the source and of the retry topics: a producer each

// The answers to the requests for a producer's id come so late.
void delay_ids(fakes::MockKafka& kafka, milliseconds late) {
  for (int i = 0; i < kConsumers; ++i) kafka.answer_late(Request::init_producer_id, late);
}

class Ready : public ::testing::Test {
 protected:
  // From the start of a host until its handler gets the only message.
  std::chrono::steady_clock::duration first_call(milliseconds id_is_late) {
    fakes::MockKafka kafka;
    kafka.create_topic("t", 4);
    fakes::write(kafka.bootstrap(), "t", 0, {.key = {}, .value = "v", .headers = {}});
    delay_ids(kafka, id_is_late);
    const auto begun = std::chrono::steady_clock::now();
    Attempts attempts;
    Rig rig(kafka, retrying_on(kafka, "t"), [&](const tidegate_message& message) {
      attempts.note(message);
      return TIDEGATE_OK;
    });
    EXPECT_TRUE(eventually([&] { return !attempts.of({0, 0}).empty(); }, seconds(40)));
    return attempts.of({0, 0}).at(0).at - begun;
  }
};

TEST_F(Ready, NoCallBeginsBeforeTheProducerHasItsId) {
  EXPECT_GE(first_call(milliseconds(1400)), milliseconds(1400));
}

TEST_F(Ready, BrokersThatGiveNoIdDoNotKeepMessagesFromTheHandler) {
  EXPECT_GE(first_call(seconds(50)), seconds(2)) << "it waits a while";
}

}  // namespace
}  // namespace tidegate::broker
