// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/base/config/support.hpp"

namespace tidegate::config::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kTenMistakes = R"(config_version = 1
[host]
group_id = "orders"
shutdown_timeout = 30
[clusters.main]
bootstrap_servers = ["kafka-1:9092"]
[clusters.main.librdkafka]
"acks" = "all"
[pipelines.orders]
group_id = "orders"
topics = ["orders.v1", "orders.v1"]
handler_timout = "3s"
concurrency = 0
plugin.path = "orders.so"
	ordering = "keys"
[pipelines.orders.consumer]
fetch.min.bytes = 1
"group.id" = "x"
[pipelines.audit]
group_id = "orders"
topics = ["orders.v1"]
plugin.path = "audit.so"
)";

TEST(Load, ReportsTenMistakesInOneRunEachAtItsPlace) {
  const LoadResult result = load(kTenMistakes);
  EXPECT_FALSE(result.host.has_value());
  EXPECT_THAT(
      lines(result),
      ElementsAre(
          "3:1 host.group_id: misplaced; it belongs under [pipelines.<name>]",
          HasSubstr("4:20 host.shutdown_timeout: expected a duration, found a whole number"),
          HasSubstr("8:1 clusters.main.librdkafka.acks: is a property of the producer only"),
          HasSubstr("11:24 pipelines.orders.topics: \"orders.v1\" is there twice"),
          "12:1 pipelines.orders.handler_timout: unknown key; did you mean "
          "\"handler_timeout\"?",
          "13:15 pipelines.orders.concurrency: must be between 1 and 1024, not 0",
          HasSubstr("15:13 pipelines.orders.ordering: \"keys\" is none of partition, key, "
                    "none; did you mean \"key\"?"),
          HasSubstr("17:1 pipelines.orders.consumer.fetch.min.bytes: a dot outside quotes"),
          HasSubstr("18:1 pipelines.orders.consumer.\"group.id\": belongs to the host: use "
                    "group_id of the pipeline"),
          HasSubstr("20:12 pipelines.audit.group_id: group \"orders\" is also that of "
                    "pipelines.orders")));
}

TEST(Load, FindingIsShownWithItsLineAndACaretBelowItsColumn) {
  const LoadResult result = load(kTenMistakes);
  ASSERT_EQ(result.findings.size(), 10U);
  EXPECT_EQ(render(result.findings[5]),
            "t.toml:13:15: error: pipelines.orders.concurrency: must be between 1 and 1024, not 0\n"
            "    concurrency = 0\n"
            "                  ^\n");
  // A tab before the caret stays a tab, or the caret would stand elsewhere.
  EXPECT_THAT(render(result.findings[6]),
              EndsWith("    \tordering = \"keys\"\n    \t           ^\n"));
}

TEST(Load, SyntaxErrorIsTheOnlyFindingOfItsFile) {
  const Finding finding = only_finding(load("config_version = 1\nunknown = 1\n[host\n"));
  EXPECT_EQ(finding.line, 3U);
  EXPECT_THAT(finding.message, StartsWith("syntax error"));
}

TEST(Load, DuplicateKeyIsTheOnlyFindingOfItsFile) {
  const Finding finding = only_finding(load("config_version = 1\nconfig_version = 1\nx = 1\n"));
  EXPECT_EQ(finding.line, 2U);
  EXPECT_THAT(finding.message, StartsWith("written twice"));
}

TEST(Load, UnquotedUnitGetsItsCure) {
  const Finding finding = only_finding(load(good("handler_timeout = 10s\n")));
  EXPECT_EQ(finding.line, kMoreLine);
  EXPECT_THAT(finding.message, HasSubstr("needs quotes"));
}

TEST(Load, FileThatIsNotThereSaysSo) {
  const LoadResult result = load_file("/nonexistent/tidegate.toml", {}, environment_of({}));
  EXPECT_FALSE(result.host.has_value());
  EXPECT_EQ(render(only_finding(result)),
            "/nonexistent/tidegate.toml: error: cannot be read: No such file or directory\n");
}

TEST(Load, EmptyFileNamesAllThatIsMissing) {
  EXPECT_THAT(lines(load("")), ElementsAre(HasSubstr("config_version: is required"),
                                           HasSubstr("clusters: there is none"),
                                           HasSubstr("pipelines: there is none")));
}

TEST(Load, EndlessNestingIsAFindingNotACrash) {
  std::string dotted = "a";
  for (int i = 0; i < 200'000; ++i) dotted += ".a";
  EXPECT_THAT(only_finding(load(dotted + " = 1\n")).message, HasSubstr("nested too deeply"));
  EXPECT_THAT(only_finding(load("[" + dotted + "]\n")).message, HasSubstr("nested too deeply"));
  const std::string lists = "a = " + std::string(200, '[') + std::string(200, ']') + '\n';
  EXPECT_THAT(only_finding(load(lists)).message, HasSubstr("nested too deeply"));
}

TEST(Load, MistakeInDefaultsIsReportedOnceThoughTwoPipelinesHaveIt) {
  const LoadResult result = load(good(R"([pipelines.audit]
group_id = "audit"
topics = ["orders.v1"]
plugin.path = "audit.so"
[defaults]
drain_timeout = "6m"
)"));
  std::size_t errors = 0;
  for (const Finding& finding : result.findings) {
    errors += finding.severity == Severity::error ? 1U : 0U;
  }
  EXPECT_EQ(errors, 1U) << rendered(result);
}

}  // namespace
}  // namespace tidegate::config::testing
