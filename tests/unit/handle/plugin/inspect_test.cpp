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
  const std::string text = describe_plugin(file, DescriptionFormat::text);
  EXPECT_THAT(text, StartsWith("plugin        plain 1.0.0\n"));
  EXPECT_THAT(text, HasSubstr(file.string()));
  EXPECT_THAT(text, HasSubstr(read_plugin_file(file).sha256));
  EXPECT_THAT(text, HasSubstr("libc.so"));
  EXPECT_THAT(text, HasSubstr("GLIBC 2."));
  EXPECT_THAT(text, HasSubstr("runs here     yes"));
}

TEST(InspectPlugin, JsonHasTheSameFacts) {
  const auto json =
      nlohmann::json::parse(describe_plugin(test_plugin("plain"), DescriptionFormat::json));
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
  EXPECT_THAT(describe_plugin(scratch.path() / "newer.so", DescriptionFormat::text),
              HasSubstr("runs here     no: "));
  const auto json =
      nlohmann::json::parse(describe_plugin(scratch.path() / "newer.so", DescriptionFormat::json));
  EXPECT_EQ(json["runs_here"], false);
  EXPECT_THAT(json["refused"].get<std::string>(), HasSubstr("2.0"));
  EXPECT_THAT(refused_text([&] { check_plugin_file(scratch.path() / "newer.so"); }),
              StartsWith("abi_mismatch"));
}

TEST(InspectPlugin, WhatIsNoPluginIsRefused) {
  EXPECT_THAT(refused_text([] { describe_plugin("/proc/self/exe", DescriptionFormat::text); }),
              StartsWith("wrong_kind"));
  EXPECT_THAT(refused_text([] { check_plugin_file("/proc/self/exe"); }), StartsWith("wrong_kind"));
}

}  // namespace
}  // namespace tidegate
