// SPDX-License-Identifier: Apache-2.0
//
// librdkafka properties of the producer as an operator writes them, and what it is made with.
#include "host/base/config/producer_properties.hpp"

#include <gmock/gmock.h>

#include "tests/unit/base/config/support.hpp"

namespace tidegate::config::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

LoadResult load_producer(const std::string& lines, std::string_view pipeline = "") {
  std::string text(pipeline);
  return load(good(text.append("[pipelines.orders.producer]\n").append(lines) + '\n'));
}
std::string producer_complaint(const std::string& lines) {
  return only_finding(load_producer(lines)).message;
}

TEST(TransactionalId, IsNoOtherGroupsWhateverTheDots) {
  EXPECT_EQ(transactional_id("orders", "host-1", 0), "orders.host-1.0");
  EXPECT_NE(transactional_id("a.b", "c", 0), transactional_id("a", "b.c", 0));
  EXPECT_NE(transactional_id("a", "b.c", 0), transactional_id("a", "b%2Ec", 0));
  EXPECT_EQ(transactional_id("a", "host.example", 1), "a.host%2Eexample.1");
}

TEST(ProducerProperty, OfTheHostIsRefusedWithTheReason) {
  EXPECT_THAT(producer_complaint("\"message.timeout.ms\" = 5"),
              AllOf(HasSubstr("tries for ever"), HasSubstr("dead_letter.on_failure")));
  EXPECT_THAT(producer_complaint("\"delivery.timeout.ms\" = 5"), HasSubstr("tries for ever"));
  EXPECT_THAT(producer_complaint("\"transactional.id\" = \"x\""), HasSubstr("remove it"));
  EXPECT_THAT(producer_complaint("\"delivery.report.only.error\" = true"), HasSubstr("remove it"));
  EXPECT_THAT(producer_complaint("\"dr_msg_cb\" = \"x\""), HasSubstr("can be set by code only"));
}

TEST(ProducerProperty, OfTheWrongClientKindIsSentWhereItBelongs) {
  EXPECT_EQ(producer_complaint("\"fetch.min.bytes\" = 5"),
            "is a property of the consumer only; it belongs under [pipelines.<name>.consumer]");
  for (const std::string table : {"pipelines.orders.consumer", "clusters.main.librdkafka"}) {
    EXPECT_EQ(only_finding(load(good('[' + table + "]\n\"linger.ms\" = 5\n"))).message,
              "is a property of the producer only; it belongs under [pipelines.<name>.producer]");
  }
}

TEST(ProducerProperty, ValueIsJudgedByLibrdkafka) {
  EXPECT_THAT(producer_complaint("\"compression.type\" = \"zip\""),
              HasSubstr("librdkafka refuses it"));
  EXPECT_THAT(producer_complaint("\"linger.ms\" = \"soon\""), HasSubstr("librdkafka refuses it"));
  EXPECT_THAT(producer_complaint("\"linger.ms\" = 5\n\"queue.buffering.max.ms\" = 6"),
              HasSubstr("is another name of \"linger.ms\""));
}

TEST(ProducerProperty, ContradictionBetweenTwoIsFoundBeforeTheStart) {
  const LoadResult result = load_producer("\"enable.idempotence\" = true\n\"acks\" = 1");
  EXPECT_FALSE(result.host.has_value());
  EXPECT_THAT(rendered(result),
              AllOf(HasSubstr("error: pipelines.orders.producer: librdkafka refuses these "
                              "properties together: `acks` must be set to `all`"),
                    HasSubstr("warning: pipelines.orders.producer.acks")));
  // Also with what Tidegate sets by itself.
  EXPECT_THAT(producer_complaint("\"max.in.flight\" = 6"), HasSubstr("`max.in.flight` must be"));
  EXPECT_THAT(producer_complaint("\"acks\" = 2"), HasSubstr("`acks` must be set to `all`"));
}

TEST(ProducerProperty, ContradictionDoesNotShowAVariable) {
  const LoadResult result =
      load(good("[pipelines.orders.producer]\n\"max.in.flight\" = 6\n\"client.id\" = \"${S}\"\n"),
           {}, {{"S", "must be"}});
  EXPECT_THAT(rendered(result), AllOf(HasSubstr("refuses these"), Not(HasSubstr("must be"))));
}

TEST(Load, PropertiesOfTheClusterStandBeneathThoseOfTheProducer) {
  const Pipeline p = only_pipeline(load(good(R"([pipelines.orders.producer]
"socket.timeout.ms" = 2000
"linger.ms" = 20
[clusters.main.librdkafka]
"socket.timeout.ms" = 1000
"client.rack" = "a"
)")));
  EXPECT_EQ(p.producer.at("socket.timeout.ms"), "2000");
  EXPECT_EQ(p.producer.at("client.rack"), "a");
  EXPECT_EQ(p.producer.at("queue.buffering.max.ms"), "20");
  EXPECT_EQ(p.consumer.at("socket.timeout.ms"), "1000");
  EXPECT_EQ(p.consumer.count("queue.buffering.max.ms"), 0U);
}

TEST(ProducerProperties, OperatorsWinButForTheHosts) {
  const Properties ours = producer_properties(only_pipeline(load(good())));
  EXPECT_EQ(ours.at("request.required.acks"), "all");
  EXPECT_EQ(ours.at("enable.idempotence"), "true");
  EXPECT_EQ(ours.at("max.in.flight.requests.per.connection"), "1");
  EXPECT_EQ(ours.at("message.timeout.ms"), "0");
  EXPECT_EQ(ours.at("message.max.bytes"), "1000000000");
  EXPECT_EQ(ours.at("queue.buffering.max.messages"), "0");
  EXPECT_EQ(ours.at("retry.backoff.ms"), "1");
  EXPECT_EQ(ours.at("client.id"), "tidegate");
  EXPECT_EQ(ours.at("bootstrap.servers"), "kafka-1:9092");
  EXPECT_EQ(ours.count("queue.buffering.max.ms"), 0U);
  const Properties theirs = producer_properties(only_pipeline(
      load_producer("\"retry.backoff.ms\" = 7\n\"linger.ms\" = 50\n\"compression.type\" = \"lz4\"\n"
                    "\"queue.buffering.max.kbytes\" = 5")));
  EXPECT_EQ(theirs.at("retry.backoff.ms"), "7");
  EXPECT_EQ(theirs.at("queue.buffering.max.ms"), "50");
  EXPECT_EQ(theirs.at("compression.codec"), "lz4");
  EXPECT_EQ(theirs.at("queue.buffering.max.kbytes"), "5");
}

TEST(ProducerProperties, FewerAcksTurnIdempotenceOff) {
  for (const std::string acks : {"0", "1"}) {
    const LoadResult result = load_producer("\"acks\" = " + acks);
    ASSERT_TRUE(result.host.has_value()) << rendered(result);
    const Properties properties = producer_properties(result.host->pipelines.front());
    EXPECT_EQ(properties.at("request.required.acks"), acks);
    EXPECT_EQ(properties.at("enable.idempotence"), "false");
  }
}

TEST(ProducerProperties, QueueHoldsWhatIsInFlightAndAnyMessageThatCanBeRead) {
  const auto kib = [](std::string_view more) {
    return producer_properties(only_pipeline(load(good(more)))).at("queue.buffering.max.kbytes");
  };
  // librdkafka reads responses of up to 100,000,000 bytes; a message of that size must fit.
  EXPECT_EQ(kib(""), "97657");
  EXPECT_EQ(kib("max_in_flight_bytes = \"64KiB\"\n"), "97657");
  EXPECT_EQ(kib("max_in_flight_bytes = \"1GiB\"\n"), "1048576");
  EXPECT_EQ(kib("max_in_flight_bytes = \"1TiB\"\n"), "1073741824");
  EXPECT_EQ(kib("[pipelines.orders.consumer]\n\"receive.message.max.bytes\" = 204800000\n"),
            "200000");
}

}  // namespace
}  // namespace tidegate::config::testing
