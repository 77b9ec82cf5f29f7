// SPDX-License-Identifier: Apache-2.0
//
// What a good configuration becomes: values, defaults, merging, paths, variables, overrides.
#include <gmock/gmock.h>

#include "tests/unit/base/config/support.hpp"

namespace tidegate::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Load, FillsInTheDefaultsOfTheDesign) {
  const LoadResult result = load(good(), {}, {{"HOME", "/people/t"}});
  const Pipeline p = only_pipeline(result);
  EXPECT_EQ(p.name, "orders");
  EXPECT_EQ(p.cluster.name, "main");
  EXPECT_EQ(p.start_offset.kind, StartOffset::Kind::latest);
  EXPECT_EQ(p.delivery, Delivery::at_least_once);
  EXPECT_EQ(p.ordering, Ordering::partition);
  EXPECT_EQ(p.isolation, Isolation::thread);
  EXPECT_EQ(p.consumers, 1U);
  EXPECT_EQ(p.concurrency, 1U);
  EXPECT_EQ(p.handler_soft_timeout, seconds(10));
  EXPECT_EQ(p.handler_timeout, seconds(30));
  EXPECT_EQ(p.drain_timeout, seconds(25));
  EXPECT_EQ(p.max_in_flight_messages, 60000U);
  EXPECT_EQ(p.max_in_flight_bytes, 64U << 20U);
  EXPECT_EQ(p.batch.max_messages, 500U);
  EXPECT_EQ(p.batch.max_wait, seconds(0));
  EXPECT_EQ(p.commit.mode, CommitMode::async);
  EXPECT_EQ(p.commit.interval, seconds(1));
  EXPECT_EQ(p.commit.max_messages, 10000U);
  EXPECT_EQ(p.retry.mode, RetryMode::topic);
  EXPECT_EQ(p.retry.max_retries, 3);
  EXPECT_THAT(p.retry.delays, ElementsAre(seconds(1), seconds(10), seconds(60)));
  EXPECT_TRUE(p.retry.create_topics);
  EXPECT_EQ(p.retry.replication_factor, -1);
  EXPECT_TRUE(p.dead_letter.enabled);
  EXPECT_EQ(p.dead_letter.topic, "orders.dlq");
  EXPECT_EQ(p.dead_letter.on_failure, OnFailure::block);
  EXPECT_EQ(p.dead_letter.max_ratio, 0.5);
  EXPECT_EQ(p.dead_letter.max_consecutive, 0U);
  EXPECT_TRUE(p.producer.empty());
  EXPECT_EQ(p.plugin.config_json, "{}");
  EXPECT_EQ(p.plugin.probe_timeout, seconds(10));
  const Host& host = *result.host;
  EXPECT_EQ(host.shutdown_timeout, seconds(30));
  EXPECT_EQ(host.admin_listen, "127.0.0.1:9464");
  EXPECT_EQ(host.log.format, "auto");
  EXPECT_EQ(host.state_dir, "/people/t/.local/state/tidegate");
}

TEST(Load, RelativePathsStartAtTheFile) {
  EXPECT_EQ(only_pipeline(load(good())).plugin.path, "/etc/tidegate/plugins/orders.so");
  EXPECT_EQ(only_pipeline(load(good("[host]\nplugin_dir = \"../lib\"\n"))).plugin.path,
            "/etc/lib/orders.so");
  EXPECT_EQ(only_pipeline(load(good("[host]\nplugin_dir = \"/opt\"\n"))).plugin.path,
            "/opt/orders.so");
}

TEST(Load, StateDirectoryOfSystemdComesBeforeTheHome) {
  const LoadResult result =
      load(good(), {}, {{"STATE_DIRECTORY", "/var/lib/tidegate:/x"}, {"HOME", "/root"}});
  ASSERT_TRUE(result.host.has_value());
  EXPECT_EQ(result.host->state_dir, "/var/lib/tidegate");
}

TEST(Load, DefaultsStandBeneathEveryPipeline) {
  const LoadResult result = load(good(R"(batch.max_messages = 7
[pipelines.orders.consumer]
"fetch.min.bytes" = 5
[pipelines.audit]
group_id = "audit"
topics_regex = ["^orders"]
plugin.path = "audit.so"
[defaults]
concurrency = 4
topics = ["t"]
[defaults.batch]
max_messages = 50
max_wait = "20ms"
[defaults.consumer]
"fetch.min.bytes" = 1
"fetch.wait.max.ms" = 50
)"));
  ASSERT_TRUE(result.host.has_value()) << rendered(result);
  ASSERT_EQ(result.host->pipelines.size(), 2U);
  const Pipeline& orders = result.host->pipelines[0];
  const Pipeline& audit = result.host->pipelines[1];
  EXPECT_EQ(orders.concurrency, 4U);
  EXPECT_EQ(orders.batch.max_messages, 7U);
  EXPECT_EQ(orders.batch.max_wait, milliseconds(20));
  EXPECT_EQ(orders.consumer.at("fetch.min.bytes"), "5");
  EXPECT_EQ(orders.consumer.at("fetch.wait.max.ms"), "50");
  EXPECT_EQ(audit.batch.max_messages, 50U);
  // Its own topics_regex takes the place of the topics of [defaults].
  EXPECT_TRUE(audit.topics.empty());
  EXPECT_THAT(audit.topics_regex, ElementsAre("^orders"));
}

TEST(Load, PropertiesOfTheClusterStandBeneathThoseOfTheConsumer) {
  const Pipeline p = only_pipeline(load(good(R"([pipelines.orders.consumer]
"socket.timeout.ms" = 2000
[clusters.main.librdkafka]
"socket.timeout.ms" = 1000
"client.rack" = "a"
"sasl.mechanism" = "PLAIN"
)")));
  EXPECT_EQ(p.consumer.at("socket.timeout.ms"), "2000");
  EXPECT_EQ(p.consumer.at("client.rack"), "a");
  // Under the name of what it is an alias of, so that the two never meet.
  EXPECT_EQ(p.consumer.at("sasl.mechanisms"), "PLAIN");
}

TEST(Load, TimeIsAStartOffsetAsTextAndAsTomlTime) {
  for (const char* const written : {"\"2024-05-01T02:00:00+02:00\"", "2024-05-01T00:00:00Z"}) {
    const Pipeline p = only_pipeline(load(good("start_offset = " + std::string(written) + '\n')));
    EXPECT_EQ(p.start_offset.kind, StartOffset::Kind::time);
    EXPECT_EQ(p.start_offset.unix_ms, 1'714'521'600'000);
  }
}

TEST(Load, PluginConfigBecomesJsonInTheOrderOfTheFile) {
  const Pipeline p = only_pipeline(load(good(R"([pipelines.orders.plugin.config]
table = "orders"
limits = { rate = 1.5, burst = 3 }
on = [true, "x"]
since = 2024-05-01
)")));
  EXPECT_EQ(p.plugin.config_json,
            R"({"table":"orders","limits":{"rate":1.5,"burst":3},"on":[true,"x"],)"
            R"("since":"2024-05-01"})");
}

TEST(Variables, AreReplacedInsideText) {
  const Variables variables = {{"GROUP", "g"}, {"EMPTY", ""}};
  const Pipeline p = only_pipeline(load(good(R"([pipelines.orders.plugin.config]
a = "x-${GROUP}-y"
b = "${NOPE:-d}${EMPTY:-e}"
c = "$$GROUP $${GROUP} $x"
d = ["${GROUP:?must}"]
)"),
                                        {}, variables));
  EXPECT_EQ(p.plugin.config_json, R"({"a":"x-g-y","b":"de","c":"$GROUP ${GROUP} $x","d":["g"]})");
}

TEST(Variables, ValueNeverChangesTheStructure) {
  const Pipeline p = only_pipeline(load(good("[pipelines.orders.plugin.config]\na = \"${V}\"\n"),
                                        {}, {{"V", "\"\nb = 1\n[host]\n${V}"}}));
  EXPECT_EQ(p.plugin.config_json, R"({"a":"\"\nb = 1\n[host]\n${V}"})");
}

TEST(Variables, MissingOneIsAFindingAtItsPlace) {
  const Finding plain = only_finding(load(good("consumer.\"client.rack\" = \"a${RACK}\"\n")));
  EXPECT_EQ(plain.line, kMoreLine);
  EXPECT_EQ(plain.column, 28U);
  EXPECT_THAT(plain.message, HasSubstr("environment variable RACK is not set"));
  const Finding told = only_finding(load(good("consumer.\"client.rack\" = \"${R:?ask ops}\"\n")));
  EXPECT_THAT(told.message, HasSubstr("environment variable R is not set: ask ops"));
}

TEST(Variables, MalformedOneIsAFinding) {
  for (const char* const bad : {"${", "${A", "${}", "${A B}", "${A:x}", "${A:}", "${A:-${B}}"}) {
    const LoadResult result =
        load(good("consumer.\"client.rack\" = \"" + std::string(bad) + "\"\n"));
    EXPECT_EQ(result.findings.size(), 1U) << bad << rendered(result);
  }
}

TEST(Secrets, ValueOfAVariableIsInNoFinding) {
  const std::string secret = "hunter2-\x01";
  const LoadResult result = load(R"(config_version = 1
[clusters.main]
bootstrap_servers = ["${S}"]
librdkafka = { "security.protocol" = "${S}", "sasl.password" = "${S}" }
[pipelines.orders]
group_id = "${S}"
topics = ["${S}", "${S}"]
start_offset = "${S}"
handler_timeout = "${S}"
max_in_flight_bytes = "${S}"
ordering = "${S}"
plugin = { path = "x.so", sha256 = "${S}" }
consumer = { "fetch.min.bytes" = "${S}", "group.protocol" = "${S}" }
cluster = "${S}"
)",
                                 {"log.level=${S}"}, {{"S", secret}});
  EXPECT_GE(result.findings.size(), 10U) << rendered(result);
  EXPECT_THAT(rendered(result), Not(HasSubstr("hunter2")));
}

TEST(Secrets, LineOfASecretIsMasked) {
  const LoadResult result = load(good(R"([clusters.main.librdkafka]
"ssl.key.pem" = ["hunter2"]
"sasl.pasword" = "hunter2"
sasl.password = "hunter2"
[clusters.main.sasl]
passwort = "hunter2"
)"));
  EXPECT_GE(result.findings.size(), 4U);
  EXPECT_THAT(rendered(result), Not(HasSubstr("hunter2")));
  EXPECT_THAT(rendered(load("\"sasl.password\" = thunter2\n")), Not(HasSubstr("hunter2")));
  EXPECT_THAT(
      rendered(load(good(), {"clusters.main.librdkafka.\"ssl.key.password\"=[\"hunter2\"]"})),
      Not(HasSubstr("hunter2")));
}

TEST(Override, TakesTomlElseText) {
  const Pipeline p = only_pipeline(
      load(good(), {"pipelines.orders.concurrency=4", "pipelines.orders.handler_timeout=20s",
                    "pipelines.orders.topics=[\"a\", \"b\"]",
                    "pipelines.orders.consumer.\"fetch.min.bytes\"=9", "log.level=debug"}));
  EXPECT_EQ(p.concurrency, 4U);
  EXPECT_EQ(p.handler_timeout, seconds(20));
  EXPECT_THAT(p.topics, ElementsAre("a", "b"));
  EXPECT_EQ(p.consumer.at("fetch.min.bytes"), "9");
}

TEST(Override, FindingNamesSetAndShowsIt) {
  EXPECT_EQ(rendered(load(good(), {"pipelines.orders.concurency=4"})),
            "--set: error: pipelines.orders.concurency: unknown key; did you mean "
            "\"concurrency\"?\n    pipelines.orders.concurency=4\n");
  EXPECT_THAT(only_finding(load(good(), {"nonsense"})).message, HasSubstr("key=value"));
  EXPECT_THAT(only_finding(load(good(), {"a b=1"})).message, HasSubstr("is no key"));
  EXPECT_THAT(only_finding(load(good(), {"a=1\nb=2"})).path, "a");
}

TEST(Override, MissingKeyOfAPipelineIsStillReportedInTheFile) {
  const Finding finding = only_finding(load(R"(config_version = 1
[clusters.main]
bootstrap_servers = ["a"]
[pipelines.orders]
topics = ["a"]
plugin.path = "x.so"
)",
                                            {"pipelines.orders.concurrency=2"}));
  EXPECT_EQ(finding.line, 4U);
  EXPECT_EQ(finding.path, "pipelines.orders.group_id");
}

}  // namespace
}  // namespace tidegate::config::testing
