// SPDX-License-Identifier: Apache-2.0
//
// librdkafka properties as an operator writes them.
#include <gmock/gmock.h>

#include "host/base/config/consumer_properties.hpp"
#include "tests/unit/base/config/support.hpp"

namespace tidegate::config::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

LoadResult load_consumer(const std::string& line) {
  return load(good("[pipelines.orders.consumer]\n" + line + '\n'));
}
std::string consumer_complaint(const std::string& line) {
  return only_finding(load_consumer(line)).message;
}

TEST(Property, UnknownToLibrdkafkaGetsTheNearest) {
  EXPECT_EQ(consumer_complaint("\"fetch.min.byte\" = 1"),
            "librdkafka has no such property; did you mean \"fetch.min.bytes\"?");
}

TEST(Property, OfTheHostNamesTheKeyToUseInstead) {
  EXPECT_THAT(consumer_complaint("\"group.id\" = \"x\""),
              HasSubstr("use group_id of the pipeline"));
  EXPECT_THAT(consumer_complaint("\"enable.auto.commit\" = true"), HasSubstr("commit.mode"));
  EXPECT_THAT(consumer_complaint("\"auto.commit.interval.ms\" = 5"), HasSubstr("commit.interval"));
  EXPECT_THAT(consumer_complaint("\"enable.auto.offset.store\" = true"), HasSubstr("remove it"));
  EXPECT_THAT(consumer_complaint("\"auto.offset.reset\" = \"earliest\""),
              HasSubstr("start_offset"));
  EXPECT_THAT(consumer_complaint("\"bootstrap.servers\" = \"a\""), HasSubstr("bootstrap_servers"));
  EXPECT_THAT(consumer_complaint("\"metadata.broker.list\" = \"a\""),
              HasSubstr("bootstrap_servers"));
  EXPECT_THAT(consumer_complaint("\"enable.partition.eof\" = false"),
              HasSubstr("belongs to the host"));
  EXPECT_THAT(consumer_complaint("\"statistics.interval.ms\" = 5"),
              HasSubstr("belongs to the host"));
  EXPECT_THAT(consumer_complaint("\"auto.offset.rset\" = \"earliest\""),
              HasSubstr("use start_offset"));
}

TEST(Property, OfTheWrongClientKindIsRefused) {
  EXPECT_THAT(consumer_complaint("\"linger.ms\" = 5"),
              HasSubstr("is a property of the producer only"));
  EXPECT_THAT(
      only_finding(load(good("[clusters.main.librdkafka]\n\"fetch.min.bytes\" = 1\n"))).message,
      AllOf(HasSubstr("is a property of the consumer only"),
            HasSubstr("[pipelines.<name>.consumer]")));
}

TEST(Property, ThatOnlyCodeCanSetIsRefused) {
  EXPECT_THAT(consumer_complaint("\"rebalance_cb\" = \"x\""), HasSubstr("can be set by code only"));
}

TEST(Property, WithoutQuotesGetsTheCure) {
  const Finding finding = only_finding(load_consumer("fetch.min.bytes = 1"));
  EXPECT_THAT(finding.message, HasSubstr("quote the key: \"fetch.min.bytes\""));
  EXPECT_EQ(finding.line, kMoreLine + 1);
  // A leaf that is also the beginning of another name cannot be written unquoted at all.
  EXPECT_THAT(consumer_complaint("group.protocol.type = \"consumer\""), HasSubstr("quote the key"));
}

TEST(Property, ValueIsJudgedByLibrdkafka) {
  EXPECT_THAT(consumer_complaint("\"fetch.wait.max.ms\" = \"soon\""),
              HasSubstr("librdkafka refuses it"));
  EXPECT_THAT(consumer_complaint("\"isolation.level\" = \"serial\""),
              HasSubstr("librdkafka refuses it"));
  EXPECT_THAT(consumer_complaint("\"fetch.wait.max.ms\" = [1]"),
              HasSubstr("expected a text, number or"));
}

TEST(Property, AndItsAliasAreOne) {
  EXPECT_THAT(
      consumer_complaint("\"max.partition.fetch.bytes\" = 5\n\"fetch.message.max.bytes\" = 6"),
      HasSubstr("is another name of \"max.partition.fetch.bytes\""));
}

TEST(Property, ContradictionBetweenTwoIsFoundBeforeTheStart) {
  EXPECT_THAT(
      consumer_complaint("\"group.protocol\" = \"consumer\"\n\"session.timeout.ms\" = 6000"),
      HasSubstr("librdkafka refuses these properties together"));
}

TEST(ConsumerProperties, OperatorsWinButForTheHosts) {
  const Pipeline p = only_pipeline(load_consumer("\"fetch.queue.backoff.ms\" = 7"));
  const Properties properties = consumer_properties(p, 0);
  EXPECT_EQ(properties.at("fetch.queue.backoff.ms"), "7");
  EXPECT_EQ(properties.at("partition.assignment.strategy"), "cooperative-sticky");
  EXPECT_EQ(properties.at("enable.auto.commit"), "false");
  EXPECT_EQ(properties.at("auto.offset.reset"), "error");
  EXPECT_EQ(properties.at("group.id"), "orders");
  EXPECT_EQ(properties.at("bootstrap.servers"), "kafka-1:9092");
}

TEST(ConsumerProperties, StaticMemberGetsTheNumberOfItsConsumer) {
  const Pipeline p = only_pipeline(load_consumer("\"group.instance.id\" = \"host-a\""));
  EXPECT_EQ(consumer_properties(p, 3).at("group.instance.id"), "host-a-3");
}

TEST(ConsumerProperties, NewGroupProtocolGetsNoStrategy) {
  const Pipeline p = only_pipeline(load_consumer("\"group.protocol\" = \"consumer\""));
  EXPECT_EQ(consumer_properties(p, 0).count("partition.assignment.strategy"), 0U);
}

}  // namespace
}  // namespace tidegate::config::testing
