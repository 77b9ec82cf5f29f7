// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/config_diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "host/base/config/keys.hpp"
#include "host/base/config/load.hpp"

namespace tidegate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Keys = std::vector<std::string>;

constexpr const char* kText = R"(
config_version = 1
[clusters.main]
bootstrap_servers = ["localhost:9092"]
[pipelines.orders]
group_id = "orders"
topics = ["orders.v1"]
plugin.path = "orders.so"
)";

config::Host host(const Keys& set, const std::string& more = "") {
  const auto no_environment = [](std::string_view) { return std::optional<std::string>(); };
  auto loaded =
      config::load_text(std::string(kText) + more, "tidegate.toml", "/", set, no_environment);
  for (const auto& finding : loaded.findings) ADD_FAILURE() << config::render(finding);
  return loaded.host.value_or(config::Host{});
}

Keys differing(const Keys& set, const std::string& more = "") {
  return keys_that_need_a_restart(host({}), host(set, more));
}

constexpr const char* kBills =
    "[pipelines.bills]\ngroup_id = \"b\"\ntopics = [\"b\"]\nplugin.path = \"b.so\"\n";

std::vector<std::string> pipelines(const config::Host& running, const config::Host& wanted) {
  constexpr std::array<const char*, 4> kNames = {"kept", "changed", "added", "removed"};
  std::vector<std::string> said;
  for (const PipelineDiff& diff : pipelines_that_differ(running.pipelines, wanted.pipelines))
    said.push_back(diff.pipeline + " " + kNames.at(static_cast<std::size_t>(diff.what)));
  return said;
}

std::vector<std::string> pipelines(const Keys& set, const std::string& more = kBills) {
  return pipelines(host({}, kBills), host(set, more));
}

TEST(ConfigDiff, TheSameSaysNothing) {
  EXPECT_THAT(differing({}), IsEmpty());
  EXPECT_THAT(pipelines({}), ElementsAre("orders kept", "bills kept"));
}

TEST(ConfigDiff, WhatIsWrittenOutAndWasTheDefaultIsNoDifference) {
  const Keys set = {"pipelines.orders.concurrency=1", "log.level=info"};
  EXPECT_THAT(differing(set), IsEmpty());
  EXPECT_THAT(pipelines(set), ElementsAre("orders kept", "bills kept"));
}

TEST(ConfigDiff, WhatIsOfThePluginIsSwappedIn) {
  EXPECT_THAT(
      pipelines({"pipelines.orders.plugin.path=other.so", "pipelines.orders.plugin.watch=true",
                 "pipelines.orders.plugin.config.table=orders",
                 "pipelines.orders.plugin.probation.time=5s"}),
      ElementsAre("orders kept", "bills kept"));
}

TEST(ConfigDiff, NamesKeysOfTheHostAndPipelinesThatDiffer) {
  const Keys set = {"pipelines.orders.concurrency=4", "log.level=debug",
                    "admin.listen=127.0.0.1:1"};
  EXPECT_THAT(differing(set), ElementsAre("log.level", "admin.listen"));
  EXPECT_THAT(pipelines(set), ElementsAre("orders changed", "bills kept"));
}

// Another value than the default of that key, where one can be made of it; empty: none.
std::string another(const config::Key& key) {
  std::string value(key.fallback);
  if (key.type == config::Type::boolean) return value == "true" ? "false" : "true";
  std::size_t digit = value.find_first_not_of("-.\"0123456789");
  digit = std::min(digit, value.size());
  while (digit > 0 && std::isdigit(static_cast<unsigned char>(value[digit - 1])) == 0) --digit;
  if (digit == 0 || value.starts_with("[")) return {};
  char& last = value[digit - 1];
  last = last == '9' ? '8' : static_cast<char>(last + 1);
  return value == "-2" ? "1" : value;
}

// A key that nobody thought of here would be taken in by a reload, and change nothing.
TEST(ConfigDiff, MissesNoKeyThatHasANumberOrASwitch) {
  std::size_t tried = 0;
  for (const config::Key& key : config::all_keys()) {
    std::string path(key.path);
    const std::string value = another(key);
    if (value.empty() || path.find(".plugin") != std::string::npos || path == "admin.listen" ||
        path == "pipelines.*.worker.memory" || path == "config_version") {
      continue;
    }
    if (const auto star = path.find('*'); star != std::string::npos)
      path.replace(star, 1, "orders");
    if (path.starts_with("pipelines.")) {
      EXPECT_THAT(pipelines({path + "=" + value}), Contains("orders changed")) << path;
    } else {
      EXPECT_THAT(differing({path + "=" + value}), Contains(path)) << value;
    }
    ++tried;
  }
  EXPECT_GT(tried, 25U);
}

TEST(ConfigDiff, AClustersKeysChangeEveryPipelineThatUsesIt) {
  const auto both = ElementsAre("orders changed", "bills changed");
  EXPECT_THAT(pipelines({"clusters.main.bootstrap_servers=[\"other:1\"]"}), both);
  EXPECT_THAT(pipelines({"clusters.main.librdkafka.\"client.id\"=x"}), both);
  EXPECT_THAT(pipelines({"pipelines.orders.consumer.\"client.id\"=x"}),
              ElementsAre("orders changed", "bills kept"));
}

TEST(ConfigDiff, NamesPipelinesThatCameOrWent) {
  EXPECT_THAT(pipelines(host({}), host({}, kBills)), ElementsAre("orders kept", "bills added"));
  EXPECT_THAT(pipelines(host({}, kBills), host({})), ElementsAre("orders kept", "bills removed"));
}

TEST(ConfigDiff, WhatDoesNotRunDiffersFromEverything) {
  config::Host running = host({});
  running.pipelines.at(0) = config::Pipeline();
  running.pipelines.at(0).name = "orders";
  EXPECT_THAT(pipelines(running, host({})), ElementsAre("orders changed"));
}

}  // namespace
}  // namespace tidegate
