// SPDX-License-Identifier: Apache-2.0
//
// A transaction's request whose answer never came is told, although the client asked again and was
// answered. Against a mock cluster that answers too late. What it is good for:
// tests/e2e/test_late_requests.py.
#include "host/route/producer_answers.hpp"

#include <gtest/gtest.h>

#include "host/route/transactional_producer.hpp"
#include "tests/fakes/mock_kafka.hpp"

namespace tidegate::broker {
namespace {

using Request = fakes::MockKafka::Request;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{20'000};
constexpr milliseconds kTooLate{2'500};

class ProducerAnswersTest : public ::testing::Test, private DeliveryReports {
 protected:
  ProducerAnswersTest() { kafka.create_topic("out", 1); }

  TransactionalProducer make() {
    return TransactionalProducer({{"bootstrap.servers", kafka.bootstrap()},
                                  {"transactional.id", "t"},
                                  {"transaction.timeout.ms", "10000"},
                                  {"socket.timeout.ms", "1000"}},
                                 *this);
  }
  void expect_to_commit_one(TransactionalProducer& producer) {
    ASSERT_TRUE(producer.begin().ok());
    ASSERT_EQ(
        producer.messages().send({.topic = "out", .key = "k", .value = "v"}, nullptr, nullptr),
        RD_KAFKA_RESP_ERR_NO_ERROR);
    const auto result = producer.commit(kPatience);
    EXPECT_TRUE(result.ok()) << result.error;
  }

  fakes::MockKafka kafka;

 private:
  void delivered(void*, rd_kafka_resp_err_t error) override {
    EXPECT_EQ(error, RD_KAFKA_RESP_ERR_NO_ERROR);
  }
};

TEST_F(ProducerAnswersTest, AnEndThatWasAskedForAgainIsToldAlthoughItSucceeded) {
  TransactionalProducer producer = make();
  ASSERT_TRUE(producer.init(kPatience).ok());
  expect_to_commit_one(producer);
  EXPECT_FALSE(producer.answers().lost_in_transaction()) << "all was answered";
  kafka.answer_late(Request::end_txn, kTooLate);
  expect_to_commit_one(producer);
  EXPECT_TRUE(producer.answers().lost_in_transaction());
  EXPECT_FALSE(producer.answers().lost_at_beginning());
}

TEST_F(ProducerAnswersTest, ABeginningThatWasAskedForAgainIsToldByItself) {
  TransactionalProducer producer = make();
  kafka.answer_late(Request::init_producer_id, kTooLate);
  ASSERT_TRUE(producer.init(kPatience).ok());
  EXPECT_TRUE(producer.answers().lost_at_beginning());
  expect_to_commit_one(producer);
  EXPECT_FALSE(producer.answers().lost_in_transaction());
}

}  // namespace
}  // namespace tidegate::broker
