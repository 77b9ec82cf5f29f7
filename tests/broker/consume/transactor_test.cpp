// SPDX-License-Identifier: Apache-2.0
//
// librdkafka does not come back from sending positions while the group's coordinator is away,
// whatever its time limit (librdkafka#5456). Seen in chaos/once-brokers: such a pipeline stood
// still, and its host did not stop.
#include <gtest/gtest.h>

#include "host/consume/transactor.hpp"
#include "tests/broker/consume/consumer_rig.hpp"

namespace tidegate::broker {
namespace {

constexpr int kOfTransactions = 1;
constexpr int kOfGroup = 2;

class TransactorTest : public ::testing::Test {
 protected:
  TransactorTest() : kafka(2) {
    kafka.create_topic("t", 1);
    kafka.move_transactions("id", kOfTransactions);
    kafka.move_coordinator("g", kOfGroup);
    transactor = make();
  }

  std::unique_ptr<Transactor> make() {
    return std::make_unique<Transactor>(kafka::Properties{{"bootstrap.servers", kafka.bootstrap()},
                                                          {"transactional.id", "id"},
                                                          {"transaction.timeout.ms", "10000"}},
                                        CopySender{"p", "g"}, system_clock(), wakeup);
  }
  void start() {
    auto transaction = std::make_unique<Transaction>();
    transaction->positions = kafka::make_list(1);
    rd_kafka_topic_partition_list_add(transaction->positions.get(), "t", 0)->offset = 7;
    transaction->group.reset(rd_kafka_consumer_group_metadata_new("g"));
    transactor->start(std::move(transaction));
  }
  void expect_to_commit() {
    std::unique_ptr<Transaction> done;
    start();
    ASSERT_TRUE(eventually([&] { return (done = transactor->take_done()) != nullptr; }));
    EXPECT_EQ(done->end, Transaction::End::committed) << done->error;
  }

  fakes::MockKafka kafka;
  Wakeup wakeup;
  std::unique_ptr<Transactor> transactor;
};

TEST_F(TransactorTest, OneThatDoesNotComeBackIsLeftToItselfAndItsTransactionIsMadeAgain) {
  expect_to_commit();
  kafka.take_down(kOfGroup);
  start();
  ASSERT_TRUE(eventually([&] { return transactor->overdue(system_clock().now()); }));
  EXPECT_EQ(transactor->take_done(), nullptr);
  const auto told = Transactor::abandon(transactor);
  ASSERT_NE(told, nullptr);
  EXPECT_EQ(told->end, Transaction::End::aborted);
  EXPECT_EQ(transactor, nullptr);
  transactor = make();
  kafka.bring_up(kOfGroup);
  expect_to_commit();
}

TEST_F(TransactorTest, AnEndDoesNotWaitForIt) {
  expect_to_commit();
  kafka.take_down(kOfGroup);
  start();
  EXPECT_TRUE(eventually([&] { return transactor->overdue(MonotonicTime::max()); }))
      << "it is sending positions";
  EXPECT_FALSE(transactor->end_soon());
  EXPECT_NE(Transactor::abandon(transactor), nullptr);
}

TEST_F(TransactorTest, AnEndWaitsForWhatComesBack) {
  start();
  EXPECT_TRUE(transactor->end_soon());
  EXPECT_EQ(Transactor::abandon(transactor), nullptr);
  EXPECT_NE(transactor, nullptr);
}

}  // namespace
}  // namespace tidegate::broker
