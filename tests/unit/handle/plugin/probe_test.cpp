// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "host/base/clock.hpp"
#include "host/handle/plugin/plugin_library.hpp"
#include "host/handle/plugin/private_copy.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr config::Milliseconds kLong = 60s;

class ProbeTest : public testing::Test {
 protected:
  std::string probe(const std::string& name, const std::string& config = "{}",
                    config::Milliseconds limit = kLong) const {
    config::Pipeline pipeline;
    pipeline.name = "orders";
    pipeline.plugin = {test_plugin(name), "", config, limit};
    return probe_plugin(pipeline, scratch_.path() / "state");
  }
  std::string refused(const std::string& name, config::Milliseconds limit = kLong) const {
    return refused_text([&] { probe(name, "{}", limit); });
  }
  ScratchFolder scratch_;
};

TEST_F(ProbeTest, SoundPluginPasses) {
  EXPECT_EQ(probe("plain"), read_plugin_file(test_plugin("plain")).sha256);
  EXPECT_TRUE(std::filesystem::exists(scratch_.path() / "state" / "plugins"));
}

TEST_F(ProbeTest, ConstructorThatAbortsEndsOnlyTheProbe) {
  EXPECT_THAT(refused("ctor_aborts"),
              AllOf(StartsWith("probe_crashed"), HasSubstr("ctor_aborts.so"), HasSubstr("SIGABRT"),
                    HasSubstr("while its library was loaded")));
}

TEST_F(ProbeTest, ConstructorThatHangsIsEndedAtTheTimeLimit) {
  const MonotonicTime begin = system_clock().now();
  std::string told = refused("ctor_hangs", 500ms);
  EXPECT_THAT(told,
              AllOf(StartsWith("probe_hung"), HasSubstr("0.5 s"), HasSubstr("probe_timeout")));
  // On a busy machine the child does not get that far so soon, and the text says so.
  const std::string where = "while its library was loaded";
  for (config::Milliseconds limit = 2s; limit < kLong && told.find(where) == std::string::npos;
       limit *= 4)
    told = refused("ctor_hangs", limit);
  EXPECT_THAT(told, AllOf(StartsWith("probe_hung"), HasSubstr(where)));
  EXPECT_LT(system_clock().now() - begin, kLong);
}

TEST_F(ProbeTest, ConstructorThatExitsIsNoSuccess) {
  // Code 0, but of ThreadSanitizer, which finds fault with an exit from there.
  EXPECT_THAT(refused("ctor_exits"),
              AllOf(StartsWith("probe_crashed"), HasSubstr("exited with code "),
                    HasSubstr("while its library was loaded")));
}

TEST_F(ProbeTest, TroubleInCreateAndDestroySaysWhereItWas) {
  EXPECT_THAT(refused("create_crashes"),
              AllOf(StartsWith("probe_crashed"), HasSubstr("in create")));
  EXPECT_THAT(refused("destroy_crashes"),
              AllOf(StartsWith("probe_crashed"), HasSubstr("in destroy")));
}

TEST_F(ProbeTest, LastWordsOfTheChildAreInTheText) {
  EXPECT_THAT(refused("prints_and_aborts"),
              HasSubstr("It printed: the password file is not there"));
  EXPECT_THAT(refused("create_hangs", 3s),
              AllOf(StartsWith("probe_hung"), HasSubstr("in create"),
                    HasSubstr("connecting to a server that is not there")));
}

TEST_F(ProbeTest, CreateGetsTheRealConfigurationAndItsReasonArrives) {
  EXPECT_THAT(refused_text([&] { probe("plain", R"({"a":1})"); }),
              AllOf(StartsWith("create_failed"), HasSubstr("pipeline orders"),
                    HasSubstr("no such table: orders"), HasSubstr("plugin.config")));
}

TEST_F(ProbeTest, WhatTheLinkerRefusesArrivesAsIfItWereRefusedHere) {
  EXPECT_THAT(refused("unresolved"),
              AllOf(StartsWith("load_failed"), HasSubstr("symbol_that_is_nowhere"),
                    Not(HasSubstr("process of its own"))));
  EXPECT_THAT(refused("no_handle"), StartsWith("bad_table"));
}

TEST_F(ProbeTest, WhatIsNoPluginIsRefusedWithoutATrial) {
  write_file(scratch_.path() / "text.so", "text");
  EXPECT_THAT(refused_text([&] {
                config::Pipeline pipeline;
                pipeline.plugin.path = scratch_.path() / "text.so";
                probe_plugin(pipeline, scratch_.path());
              }),
              StartsWith("not_elf"));
}

TEST_F(ProbeTest, PluginIsNotLoadedIntoThisProcess) {
  probe("plain_again");
  const std::string maps = read_file("/proc/self/maps");
  EXPECT_THAT(maps, Not(HasSubstr(scratch_.path().string())));
}

TEST(LastWords, AreTheEndOnOneLine) {
  EXPECT_EQ(last_words(""), "");
  EXPECT_EQ(last_words(" \n\n"), "");
  EXPECT_EQ(last_words("a\nb\x1b[0m\n"), ". It printed: a b [0m");
  EXPECT_EQ(last_words(std::string(1000, 'x') + "end").size(), 414U);
  EXPECT_THAT(last_words(std::string(1000, 'x') + "end"), testing::EndsWith("xend"));
}

}  // namespace
}  // namespace tidegate
