// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/inspect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "host/handle/plugin/private_copy.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(InspectPlugin, TextShowsWhatIsKnownWithoutRunningIt) {
  const auto file = test_plugin("plain");
  const std::string text = describe_plugin(file, DescriptionFormat::text).text;
  EXPECT_THAT(text, StartsWith("plugin        plain 1.0.0\n"));
  EXPECT_THAT(text, HasSubstr(file.string()));
  EXPECT_THAT(text, HasSubstr(read_plugin_file(file).sha256));
  EXPECT_THAT(text, HasSubstr("libc.so"));
  EXPECT_THAT(text, HasSubstr("GLIBC 2."));
  EXPECT_THAT(text, HasSubstr("runs here     yes"));
}

TEST(InspectPlugin, JsonHasTheSameFacts) {
  const auto json =
      nlohmann::json::parse(describe_plugin(test_plugin("plain"), DescriptionFormat::json).text);
  EXPECT_EQ(json["name"], "plain");
  EXPECT_EQ(json["version"], "1.0.0");
  EXPECT_EQ(json["abi"], "1.0");
  EXPECT_EQ(json["exports"], nlohmann::json::array({"tidegate_plugin_v1"}));
  EXPECT_EQ(json["runs_here"], true);
}

TEST(InspectPlugin, PluginForAnotherHostIsShownAndSaidNotToRun) {
  const ScratchFolder scratch;
  std::string bytes = read_file(test_plugin("plain"));
  bytes.replace(bytes.find("abi=1.0"), 7, "abi=2.0");
  write_file(scratch.path() / "newer.so", bytes);
  const auto plugin = describe_plugin(scratch.path() / "newer.so", DescriptionFormat::text);
  EXPECT_THAT(plugin.text, HasSubstr("runs here     no: "));
  EXPECT_FALSE(plugin.runs_here);
  const auto json = nlohmann::json::parse(
      describe_plugin(scratch.path() / "newer.so", DescriptionFormat::json).text);
  EXPECT_EQ(json["runs_here"], false);
  EXPECT_THAT(json["refused"].get<std::string>(), HasSubstr("2.0"));
}

TEST(InspectPlugin, WhatIsNoPluginIsRefused) {
  EXPECT_THAT(
      refused_text([] { (void)describe_plugin("/proc/self/exe", DescriptionFormat::text); }),
      StartsWith("wrong_kind"));
}

}  // namespace
}  // namespace tidegate
