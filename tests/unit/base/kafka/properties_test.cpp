// SPDX-License-Identifier: Apache-2.0
#include "host/base/kafka/properties.hpp"

#include <gmock/gmock.h>

#include <array>
#include <span>
#include <string>

#include "host/base/kafka/defaults.hpp"
#include "host/base/kafka/handles.hpp"

namespace tidegate::kafka {
namespace {

using ::testing::HasSubstr;

TEST(PropertyTable, KnowsNamesKindsAliasesAndDefaultsOfTheLinkedLibrary) {
  const PropertyTable table;
  ASSERT_NE(table.find("fetch.queue.backoff.ms"), nullptr);
  EXPECT_EQ(table.find("fetch.queue.backoff.ms")->kind, ClientKind::consumer);
  EXPECT_EQ(table.find("fetch.queue.backoff.ms")->fallback, "1000");
  EXPECT_EQ(table.find("linger.ms")->kind, ClientKind::producer);
  EXPECT_EQ(table.find("linger.ms")->alias_of, "queue.buffering.max.ms");
  EXPECT_EQ(table.find("client.id")->kind, ClientKind::any);
  EXPECT_EQ(table.find("auto.offset.reset")->kind, ClientKind::consumer);
  EXPECT_FALSE(table.find("rebalance_cb")->has_text);
  EXPECT_EQ(table.find("no.such.property"), nullptr);
  EXPECT_EQ(table.find("Property"), nullptr);
  EXPECT_GT(table.names().size(), 150U);
}

TEST(PropertyTable, AliasNamesAPropertyThatExists) {
  const PropertyTable table;
  for (const std::string_view name : table.names()) {
    const std::string& alias = table.find(name)->alias_of;
    if (alias.empty()) continue;
    EXPECT_NE(table.find(alias), nullptr) << name;
  }
}

TEST(Properties, ValueIsRefusedInLibrdkafkasWords) {
  EXPECT_FALSE(refused_value("fetch.wait.max.ms", "10"));
  EXPECT_THAT(*refused_value("fetch.wait.max.ms", "soon"), HasSubstr("fetch.wait.max.ms"));
  EXPECT_TRUE(refused_value("fetch.wait.max.ms", "99999999"));
}

// `other`: the kind of client that cannot take them.
void expect_good(std::span<const Default> rows, ClientKind other) {
  const PropertyTable table;
  for (const Default& row : rows) {
    const Property* const known = table.find(row.name);
    ASSERT_NE(known, nullptr) << row.name;
    EXPECT_NE(known->kind, other) << row.name;
    EXPECT_TRUE(known->alias_of.empty()) << row.name;
    EXPECT_FALSE(refused_value(std::string(row.name), std::string(row.value))) << row.name;
    // What an operator must not change is refused in a configuration, and nothing else is.
    EXPECT_EQ(row.owner == Owner::host, !host_owned(row.name).empty()) << row.name;
    EXPECT_THAT(explain_defaults(), HasSubstr(std::string(row.name)));
  }
}

TEST(Properties, OurDefaultsExistAreOfTheRightKindAndAreAccepted) {
  expect_good(consumer_defaults(), ClientKind::producer);
  expect_good(producer_defaults(), ClientKind::consumer);
  EXPECT_FALSE(refused_together(ClientKind::consumer, consumer_properties({"a:9092"}, "g", {}, 0)));
  for (const std::string acks : {"all", "-1", "1", "0"}) {
    EXPECT_FALSE(refused_together(
        ClientKind::producer,
        producer_properties({"a:9092"}, {{"request.required.acks", acks}}, 1U << 20U)))
        << acks;
  }
}

// librdkafka cuts the answer's bound to the bound of a queue where nobody sets it, and one
// partition is fetched at a time.
TEST(Properties, AnAnswerToAFetchHasRoomForManyPartitions) {
  Conf conf(rd_kafka_conf_new());
  std::array<char, 512> text{};
  for (const auto& [name, value] : consumer_properties({"127.0.0.1:1"}, "g", {}, 0)) {
    ASSERT_EQ(rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()),
              RD_KAFKA_CONF_OK);
  }
  const Client client(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), text.data(), text.size()));
  ASSERT_NE(client, nullptr) << text.data();
  (void)conf.release();
  const auto in_effect = [&](const char* name) {
    std::array<char, 64> value{};
    std::size_t size = value.size();
    EXPECT_EQ(rd_kafka_conf_get(rd_kafka_conf(client.get()), name, value.data(), &size),
              RD_KAFKA_CONF_OK);
    return std::stoll(value.data());
  };
  EXPECT_GE(in_effect("fetch.max.bytes"), 20 * in_effect("fetch.message.max.bytes"));
}

TEST(Properties, ProducersQueueStaysWithinLibrdkafkasBounds) {
  const auto kib = [](std::uint64_t bytes) {
    return producer_properties({"a:9092"}, {}, bytes).at("queue.buffering.max.kbytes");
  };
  EXPECT_EQ(kib(1), "1024");
  EXPECT_EQ(kib((2048U << 10U) + 1U), "2049");
  EXPECT_EQ(kib(~0ULL), "2147483647");
  EXPECT_FALSE(refused_value("queue.buffering.max.kbytes", "2147483647"));
  EXPECT_TRUE(refused_value("queue.buffering.max.kbytes", "2147483648"));
}

TEST(Properties, ContradictionIsFoundWithoutABroker) {
  const Properties operators = {{"max.poll.interval.ms", "1000"}, {"session.timeout.ms", "6000"}};
  EXPECT_TRUE(
      refused_together(ClientKind::consumer, consumer_properties({"a:9092"}, "g", operators, 0)));
  const Properties idempotent = {{"request.required.acks", "1"}, {"enable.idempotence", "true"}};
  EXPECT_THAT(*refused_together(ClientKind::producer,
                                producer_properties({"a:9092"}, idempotent, 1U << 20U)),
              HasSubstr("acks"));
}

}  // namespace
}  // namespace tidegate::kafka
