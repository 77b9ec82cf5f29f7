// SPDX-License-Identifier: Apache-2.0
//
// Checks that need more than one value.
#include <gmock/gmock.h>

#include "host/base/config/names.hpp"
#include "host/base/config/topic_pattern.hpp"
#include "tests/unit/base/config/support.hpp"

namespace tidegate::config::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string second_pipeline(std::string_view group, std::string_view more = "") {
  return "[pipelines.audit]\ngroup_id = \"" + std::string(group) +
         "\"\ntopics = [\"orders.v1\"]\nplugin.path = \"audit.so\"\n" + std::string(more);
}

constexpr std::string_view kSecondCluster =
    "[clusters.other]\nbootstrap_servers = [\"kafka-9:9092\"]\n";

TEST(Group, BelongsToOnePipelineOfACluster) {
  EXPECT_THAT(complaint(second_pipeline("orders")),
              HasSubstr("a group id belongs to one pipeline of a cluster"));
  EXPECT_TRUE(load(good(second_pipeline("audit"))).host.has_value());
}

TEST(Group, OfTheSameNameOnAnotherClusterIsAnother) {
  const LoadResult result =
      load(good("cluster = \"main\"\n" + second_pipeline("orders", "cluster = \"other\"\n") +
                std::string(kSecondCluster)));
  EXPECT_TRUE(result.host.has_value()) << rendered(result);
  EXPECT_EQ(result.host->pipelines[1].cluster.bootstrap_servers.front(), "kafka-9:9092");
}

TEST(Cluster, MustBeNamedWhereThereAreSeveral) {
  const LoadResult result = load(good(kSecondCluster));
  EXPECT_FALSE(result.host.has_value());
  EXPECT_THAT(rendered(result), HasSubstr("is required where there are several clusters"));
}

TEST(Cluster, UnknownNameGetsTheNearest) {
  EXPECT_EQ(complaint("cluster = \"mian\"\n"),
            "there is no cluster \"mian\"; did you mean \"main\"?");
}

TEST(Cluster, ThatNobodyUsesIsAWarning) {
  const LoadResult result = load(good("cluster = \"main\"\n" + std::string(kSecondCluster)));
  EXPECT_TRUE(result.host.has_value());
  EXPECT_EQ(only_finding(result).severity, Severity::warning);
}

TEST(Topics, AreEitherNamesOrPatterns) {
  EXPECT_THAT(complaint("topics_regex = [\"^a\"]\n"), HasSubstr("topics is set too"));
  const LoadResult neither = load(R"(config_version = 1
[clusters.main]
bootstrap_servers = ["a"]
[pipelines.orders]
group_id = "a"
plugin.path = "x.so"
)");
  EXPECT_THAT(only_finding(neither).message, HasSubstr("topics = [\"orders.v1\"] or topics_regex"));
}

TEST(Topics, OfTheGroupItselfAreTheHosts) {
  EXPECT_TRUE(is_own_topic("orders.dlq", "orders"));
  EXPECT_TRUE(is_own_topic("orders.retry.10s", "orders"));
  EXPECT_FALSE(is_own_topic("orders.retry.soon", "orders"));
  EXPECT_FALSE(is_own_topic("audit.dlq", "orders"));
  const LoadResult result = load(good(), {"pipelines.orders.topics=[\"orders.dlq\"]"});
  EXPECT_THAT(only_finding(result).message, HasSubstr("which the host looks after"));
}

TEST(Names, KafkaWouldRefuseAreRefusedHere) {
  EXPECT_FALSE(topic_problem("orders.v1_a-b"));
  for (const std::string bad : {"", ".", "..", "a b", "ä", "^a", "a/b"}) {
    EXPECT_TRUE(topic_problem(bad)) << bad;
  }
  EXPECT_FALSE(topic_problem(std::string(249, 'a')));
  EXPECT_TRUE(topic_problem(std::string(250, 'a')));
  EXPECT_FALSE(group_problem("team:orders/1"));
  EXPECT_TRUE(group_problem(""));
  EXPECT_TRUE(group_problem("a b"));
}

TEST(Addresses, AreHostAndPort) {
  for (const std::string ok : {"a:1", "127.0.0.1:9092", "[::1]:9092", "kafka", "SSL://a:9093"}) {
    EXPECT_FALSE(address_problem(ok, std::nullopt)) << ok;
  }
  for (const std::string bad : {"", ":9092", "a:0", "a:65536", "a:x", "a b:1", "::1", "a:1,b:1"}) {
    EXPECT_TRUE(address_problem(bad, std::nullopt)) << bad;
  }
  EXPECT_FALSE(address_problem("127.0.0.1:0", 0));
  EXPECT_TRUE(address_problem("127.0.0.1", 0));
}

TEST(TopicPattern, IsFoundAnywhereUnlessAnchored) {
  EXPECT_TRUE(TopicPattern("orders").matches("eu.orders.v1"));
  EXPECT_FALSE(TopicPattern("^orders").matches("eu.orders.v1"));
  EXPECT_TRUE(TopicPattern("^orders\\.v[0-9]+$").matches("orders.v12"));
  EXPECT_FALSE(TopicPattern("^orders\\.v[0-9]+$").matches("ordersxv12"));
}

TEST(TopicPattern, ThatIsNoneIsRefusedWithTheReason) {
  EXPECT_TRUE(regex_problem("[a"));
  EXPECT_TRUE(regex_problem("(a"));
  EXPECT_TRUE(regex_problem(""));
  EXPECT_THAT(*regex_problem("^a\\d$"), HasSubstr("write [0-9]"));
}

TEST(Timeouts, DrainMustEndBeforeTheGroupExpelsTheConsumer) {
  EXPECT_THAT(rendered(load(good("drain_timeout = \"5m\"\n"))),
              HasSubstr("must be shorter than max.poll.interval.ms (5m)"));
  EXPECT_THAT(rendered(load(good("[pipelines.orders.consumer]\n\"max.poll.interval.ms\" = 20000\n"
                                 "\"session.timeout.ms\" = 10000\n"))),
              HasSubstr("must be shorter than max.poll.interval.ms (20s)"));
  // 25 s by default, and 5 s for the last commit.
  EXPECT_THAT(rendered(load(good("[pipelines.orders.consumer]\n\"max.poll.interval.ms\" = 30000\n"
                                 "\"session.timeout.ms\" = 10000\n"))),
              HasSubstr("by more than 5s, which the last commit may take"));
  EXPECT_THAT(rendered(load(good("[pipelines.orders.consumer]\n\"max.poll.interval.ms\" = 30001\n"
                                 "\"session.timeout.ms\" = 10000\n"))),
              Not(HasSubstr("drain_timeout")));
}

TEST(Timeouts, ThatCannotTakeEffectAreWarnings) {
  const LoadResult drain = load(good("drain_timeout = \"40s\"\n"));
  EXPECT_TRUE(drain.host.has_value());
  EXPECT_EQ(only_finding(drain).severity, Severity::warning);
  EXPECT_THAT(only_finding(drain).message, HasSubstr("host.shutdown_timeout (30s)"));
  EXPECT_EQ(only_finding(load(good("handler_soft_timeout = \"40s\"\n"))).severity,
            Severity::warning);
  EXPECT_EQ(
      only_finding(load(good("max_in_flight_messages = 100\nbatch.max_messages = 200\n"))).severity,
      Severity::warning);
}

TEST(Timeouts, DefaultThatAnotherValueOutdoesIsNoFinding) {
  EXPECT_TRUE(load(good("handler_timeout = \"5s\"\n[host]\nshutdown_timeout = \"10s\"\n"))
                  .findings.empty());
}

TEST(InFlight, EveryConsumerGetsAPlace) {
  EXPECT_THAT(complaint("consumers = 4\nmax_in_flight_messages = 3\n"),
              HasSubstr("it must be at least their number (4)"));
}

TEST(Pin, IsASha256) {
  const std::string good_pin(64, 'A');
  EXPECT_EQ(only_pipeline(load(good("plugin.sha256 = \"" + good_pin + "\"\n"))).plugin.sha256,
            std::string(64, 'a'));
  EXPECT_THAT(complaint("plugin.sha256 = \"abc\"\n"), HasSubstr("64 hexadecimal digits"));
}

}  // namespace
}  // namespace tidegate::config::testing
