// SPDX-License-Identifier: Apache-2.0
//
// Keys against the table: unknown, misplaced, of a wrong type, out of bounds, not there yet.
#include <gmock/gmock.h>

#include "host/base/config/keys.hpp"
#include "host/base/config/toml.hpp"
#include "tests/unit/base/config/support.hpp"

namespace tidegate::config::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(KeyTable, EveryDefaultIsTomlAndWithinItsOwnBounds) {
  // What a key's default is for, put into a pipeline of its own; nothing of it may be refused.
  for (const Key& key : all_keys()) {
    if (key.fallback.empty()) continue;
    if (key.path.substr(0, 12) != "pipelines.*.") continue;
    const std::string line =
        std::string(key.path.substr(12)) + " = " + std::string(key.fallback) + '\n';
    EXPECT_TRUE(load(good(line)).findings.empty()) << line << rendered(load(good(line)));
  }
}

TEST(KeyTable, HoldsEachKeyOnceWithHelp) {
  std::vector<std::string_view> seen;
  for (const Key& key : all_keys()) {
    EXPECT_THAT(seen, ::testing::Not(::testing::Contains(key.path)));
    EXPECT_FALSE(key.help.empty()) << key.path;
    EXPECT_FALSE(key.fallback.empty() && key.example.empty()) << key.path;
    seen.push_back(key.path);
  }
}

TEST(KeyTable, WorkerUserIsTakenWithAProcessOfItsOwn) {
  const auto user = [](const std::string& line) {
    return load(good("isolation = \"process\"\n" + line)).host->pipelines.at(0).worker.user;
  };
  EXPECT_EQ(user("worker.user = \"guest:65534\"\n"), "guest:65534");
  EXPECT_EQ(user(""), "");
  EXPECT_THAT(complaint("worker.user = \"guest\"\n"),
              HasSubstr("isolation = \"thread\" runs the plugin in the host"));
  EXPECT_THAT(complaint("isolation = \"process\"\nworker.user = \"a:\"\n"),
              HasSubstr("neither \"USER\" nor \"USER:GROUP\""));
}

TEST(KeyTable, WhatIsSaidOfReloadsIsTaken) {
  EXPECT_TRUE(load(good("[admin]\nenable_lifecycle = true\n")).host->enable_lifecycle);
  const auto loaded =
      load(good("plugin.watch = true\nplugin.probation = { time = \"5s\", messages = 7, "
                "max_failure_ratio = 0.5 }\n"));
  const Plugin& plugin = loaded.host->pipelines.at(0).plugin;
  EXPECT_TRUE(plugin.watch);
  EXPECT_EQ(plugin.probation.time, Milliseconds(5'000));
  EXPECT_EQ(plugin.probation.messages, 7U);
  EXPECT_EQ(plugin.probation.max_failure_ratio, 0.5);
}

TEST(UnknownKey, NamesTheNearestOfItsTable) {
  EXPECT_THAT(complaint("handler_timout = \"3s\"\n"),
              HasSubstr("did you mean \"handler_timeout\"?"));
  EXPECT_THAT(complaint("topic = [\"a\"]\n"), HasSubstr("did you mean \"topics\"?"));
  EXPECT_THAT(complaint("[pipeline.audit]\ngroup_id = \"x\"\n"),
              HasSubstr("did you mean \"pipelines\"?"));
}

TEST(UnknownKey, NamesTheTableAMisplacedOneBelongsTo) {
  EXPECT_EQ(complaint("max_wait = \"1s\"\n"),
            "misplaced; it belongs under [pipelines.orders.batch]");
  EXPECT_EQ(complaint("[log]\nbootstrap_servers = [\"a\"]\n"),
            "misplaced; it belongs under [clusters.<name>]");
}

TEST(UnknownKey, NamesWhatOtherConsumersCallIt) {
  EXPECT_THAT(complaint("batch_size = 5\n"),
              HasSubstr("did you mean \"max_messages\" under [pipelines.orders.batch]?"));
  EXPECT_THAT(complaint("consumer_count = 5\n"), HasSubstr("did you mean \"consumers\"?"));
}

TEST(UnknownKey, KnowsAPropertyOfLibrdkafkaThatWentAstray) {
  EXPECT_THAT(complaint("\"session.timeout.ms\" = 6000\n"),
              AllOf(HasSubstr("is a property of librdkafka"), HasSubstr(".consumer]")));
  EXPECT_THAT(complaint("session.timeout.ms = 6000\n"), HasSubstr("is a property of librdkafka"));
  EXPECT_THAT(complaint("\"linger.ms\" = 5\n"), HasSubstr("[pipelines.<name>.producer]"));
}

TEST(WrongType, SaysWhatIsExpectedAndHowToWriteIt) {
  EXPECT_EQ(complaint("concurrency = \"4\"\n"),
            "expected a whole number, found a text; write it without quotes");
  EXPECT_EQ(complaint("handler_timeout = 30\n"),
            "expected a duration, found a whole number; write it as text with a unit, as in "
            "\"30s\"");
  EXPECT_EQ(complaint("max_in_flight_bytes = 64\n"),
            "expected a size, found a whole number; write it as text with a unit, as in "
            "\"64MiB\"");
  EXPECT_EQ(complaint("batch = 3\n"),
            "expected a table, found a whole number; write [pipelines.orders.batch]");
  EXPECT_EQ(complaint("start_offset = 2024-05-01\n"),
            "a time needs a date and an offset, as in 2024-05-01T00:00:00Z");
}

TEST(OutOfBounds, NamesTheBoundsInTheUnitOfTheKey) {
  EXPECT_EQ(complaint("consumers = 257\n"), "must be between 1 and 256, not 257");
  EXPECT_EQ(complaint("max_in_flight_bytes = \"1kB\"\n"),
            "must be between 64KiB and 1TiB, not \"1kB\"");
  EXPECT_EQ(complaint("commit.interval = \"2h\"\n"), "must be between 1ms and 1h, not \"2h\"");
  EXPECT_EQ(complaint("retry.delays = [\"1s\", \"8d\"]\n"),
            "must be between 1ms and 7d, not \"8d\"");
  EXPECT_EQ(complaint("retry.delays = [\"0s\"]\n"), "must be between 1ms and 7d, not \"0s\"");
  EXPECT_EQ(complaint("retry.max_retries = -2\n"), "must be between -1 and 1000000000, not -2");
  EXPECT_EQ(complaint("dead_letter.max_ratio = 1.5\n"), "must be between 0 and 1, not 1.5");
  EXPECT_THAT(only_finding(load(good(), {"config_version=2"})).message, "must be 1, not 2");
}

TEST(PipelineName, IsRefusedWhereMetricsAndLogsCouldNotCarryIt) {
  EXPECT_THAT(complaint("[pipelines.\"a b\"]\ngroup_id = \"b\"\ntopics = [\"b\"]\n"
                        "plugin.path = \"b.so\"\n"),
              HasSubstr("a name is made of letters"));
}

}  // namespace
}  // namespace tidegate::config::testing
