// SPDX-License-Identifier: Apache-2.0
//
// What an operator reads when the host's account lacks a right.
#include "host/base/kafka/rights.hpp"

#include <gtest/gtest.h>

namespace tidegate::kafka {
namespace {

using On = Right::On;

TEST(GrantCommand, NamesTheResourceAndEachOperation) {
  EXPECT_EQ(grant_command({On::topic, "orders.v1", {"Read", "DescribeConfigs"}}),
            "kafka-acls.sh --bootstrap-server <broker> --add --allow-principal User:<account> "
            "--operation Read --operation DescribeConfigs --topic orders.v1");
}

TEST(GrantCommand, SaysWhereANameIsABeginning) {
  EXPECT_EQ(
      grant_command({On::transactional_id, "orders.", {"Write"}, Right::Names::all_that_begin_so}),
      "kafka-acls.sh --bootstrap-server <broker> --add --allow-principal User:<account> "
      "--operation Write --transactional-id orders. --resource-pattern-type prefixed");
}

TEST(Cure, SaysWhatIsLackingAndHowToGrantIt) {
  const Right right{On::group, "orders", {"Read"}};
  EXPECT_EQ(cure(right),
            "; the account of this host needs Read on group orders: " + grant_command(right));
}

class CureOf : public testing::Test {
 protected:
  CureOf() {
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    char text[256];
    rd_kafka_conf_set(conf, "group.id", "orders", text, sizeof text);
    client_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text));
  }
  std::string of(rd_kafka_resp_err_t error, std::string_view topic) {
    return cure_of(client_.get(), error, topic);
  }
  Client client_;
};

TEST_F(CureOf, AGroupIsTheClients) {
  EXPECT_EQ(of(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "orders.v1"),
            cure({On::group, "orders", {"Read"}}));
}

TEST_F(CureOf, ATopicIsTheOneThatWasAskedFor) {
  EXPECT_EQ(of(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "orders.v1"),
            cure({On::topic, "orders.v1", {"Read"}}));
}

TEST_F(CureOf, IsEmptyWhereNobodyKnowsTheTopicOrRightsAreNotTheTrouble) {
  EXPECT_EQ(of(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ""), "");
  EXPECT_EQ(of(RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, "orders.v1"), "");
}

TEST(HintOf, NamesThePropertiesOfAConnectionThatDoesNotComeAbout) {
  EXPECT_NE(hint_of(RD_KAFKA_RESP_ERR__AUTHENTICATION).find("sasl.password"),
            std::string_view::npos);
  EXPECT_NE(hint_of(RD_KAFKA_RESP_ERR__SSL).find("ssl.ca.location"), std::string_view::npos);
  EXPECT_NE(hint_of(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN).find("security.protocol"),
            std::string_view::npos);
  EXPECT_EQ(hint_of(RD_KAFKA_RESP_ERR__TRANSPORT), "");
}

}  // namespace
}  // namespace tidegate::kafka
