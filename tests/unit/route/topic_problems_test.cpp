// SPDX-License-Identifier: Apache-2.0
//
// What an operator reads when a group's own topics cannot be made or used.
#include <gtest/gtest.h>

#include "host/route/topic_configs.hpp"
#include "tests/unit/route/own_topics.hpp"

namespace tidegate {
namespace {

constexpr std::int32_t kBrokersDefault = -1;
const SourceTopics kSources{6, 1'048'588, 604'800'000};

TEST(CreateCommand, NamesEveryConfigAndLeavesReplicasToTheBroker) {
  EXPECT_EQ(create_command(kRetry, kSources, kBrokersDefault),
            "kafka-topics.sh --bootstrap-server <broker> --create --topic orders.retry.1s "
            "--partitions 6 --config cleanup.policy=delete --config max.message.bytes=1114124 "
            "--config message.timestamp.type=LogAppendTime --config retention.ms=604800000");
}

TEST(CreateCommand, HasTheReplicationFactorThatWasConfigured) {
  EXPECT_EQ(create_command(kDeadLetter, kSources, 3),
            "kafka-topics.sh --bootstrap-server <broker> --create --topic orders.dlq "
            "--partitions 6 --replication-factor 3 --config cleanup.policy=delete "
            "--config max.message.bytes=1114124 --config retention.ms=-1");
}

TEST(MissingProblem, NamesAllTopicsAndOneLineThatMakesThem) {
  EXPECT_EQ(missing_problem({kRetry, kDeadLetter}, kSources, kBrokersDefault),
            "retry topic orders.retry.1s, dead letter topic orders.dlq do not exist, and "
            "retry.create_topics is false; set it to true, or run: " +
                create_command(kRetry, kSources, kBrokersDefault) + " && " +
                create_command(kDeadLetter, kSources, kBrokersDefault));
}

TEST(MissingProblem, SpeaksOfOneTopicInTheSingular) {
  EXPECT_EQ(missing_problem({kDeadLetter}, kSources, kBrokersDefault)
                .rfind("dead letter topic orders.dlq does not exist, and", 0),
            0U);
}

TEST(RefusedProblem, HasTheBrokersReasonAndTheCommands) {
  EXPECT_EQ(refused_problem({kRetry}, kSources, 3, RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
                            "only 1 broker is registered."),
            "retry topic orders.retry.1s does not exist, and the brokers refuse to create it: "
            "only 1 broker is registered; remove that cause, or let an account that may run: " +
                create_command(kRetry, kSources, 3));
  EXPECT_EQ(
      refused_problem({kRetry, kDeadLetter}, kSources, kBrokersDefault,
                      RD_KAFKA_RESP_ERR_POLICY_VIOLATION, "no"),
      "retry topic orders.retry.1s, dead letter topic orders.dlq do not exist, and the "
      "brokers refuse to create them: no; remove that cause, or let an account that may run: " +
          create_command(kRetry, kSources, kBrokersDefault) + " && " +
          create_command(kDeadLetter, kSources, kBrokersDefault));
}

TEST(RefusedProblem, SaysHowToGrantCreateWhereThatIsLacking) {
  EXPECT_EQ(refused_problem({kRetry, kDeadLetter}, kSources, kBrokersDefault,
                            RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "Authorization failed."),
            "retry topic orders.retry.1s, dead letter topic orders.dlq do not exist, and the "
            "brokers refuse to create them: Authorization failed; the account of this host needs "
            "Create: kafka-acls.sh --bootstrap-server <broker> --add --allow-principal "
            "User:<account> --operation Create --topic orders.retry.1s && kafka-acls.sh "
            "--bootstrap-server <broker> --add --allow-principal User:<account> --operation Create "
            "--topic orders.dlq; or let an account that may run: " +
                create_command(kRetry, kSources, kBrokersDefault) + " && " +
                create_command(kDeadLetter, kSources, kBrokersDefault));
}

TEST(AccessProblem, TellsWhatToGrantOnlyWhereAccessWasDenied) {
  EXPECT_EQ(access_problem(kRetry, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED),
            "retry topic orders.retry.1s: Broker: Topic authorization failed "
            "(TOPIC_AUTHORIZATION_FAILED); the account of this host needs Create, DescribeConfigs, "
            "Write, Read on topic orders.retry.1s: kafka-acls.sh --bootstrap-server <broker> --add "
            "--allow-principal User:<account> --operation Create --operation DescribeConfigs "
            "--operation Write --operation Read --topic orders.retry.1s");
  EXPECT_EQ(access_problem(kRetry, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE),
            "retry topic orders.retry.1s: Broker: Leader not available (LEADER_NOT_AVAILABLE)");
}

TEST(Errors, ARefusalLastsAndATimeoutPasses) {
  for (const auto refusal :
       {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
        RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, RD_KAFKA_RESP_ERR_INVALID_CONFIG,
        RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION})
    EXPECT_FALSE(is_passing(refusal)) << rd_kafka_err2name(refusal);
  for (const auto passing :
       {RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT,
        RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
        RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART})
    EXPECT_TRUE(is_passing(passing)) << rd_kafka_err2name(passing);
}

}  // namespace
}  // namespace tidegate
