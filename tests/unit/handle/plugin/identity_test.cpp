// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/identity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tidegate/plugin.h>

#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// The file of a sound plugin whose note says something else; both texts are of one length.
std::string with_note(std::string_view text, std::string_view other) {
  std::string file = read_file(test_plugin("plain"));
  EXPECT_EQ(text.size(), other.size());
  const std::size_t at = file.find(text);
  EXPECT_NE(at, std::string::npos);
  return file.replace(at, text.size(), other);
}

std::string refused_identity(std::string_view text, std::string_view other) {
  return refused_text(
      [&] { check_runs_here("x.so", read_identity("x.so", with_note(text, other))); });
}

TEST(PluginIdentity, IsWhatTheNoteSays) {
  const PluginIdentity identity = read_identity("x.so", read_file(test_plugin("plain")));
  EXPECT_EQ(identity.abi_major, static_cast<std::uint32_t>(TIDEGATE_ABI_MAJOR));
  EXPECT_EQ(identity.abi_minor, static_cast<std::uint32_t>(TIDEGATE_ABI_MINOR));
  EXPECT_EQ(identity.needs_minor, 0U);
  EXPECT_EQ(identity.name, "plain");
  EXPECT_EQ(identity.version, "1.0.0");
  EXPECT_NE(identity.compiler, "");
  check_runs_here("x.so", identity);
}

TEST(PluginIdentity, OfAnotherMajorIsRefusedWithBothNumbers) {
  EXPECT_THAT(refused_identity("abi=1.0", "abi=2.3"),
              AllOf(StartsWith("abi_mismatch: plugin x.so"), HasSubstr("2.3"), HasSubstr("1.0")));
  EXPECT_THAT(refused_identity("abi=1.0", "abi=0.9"), StartsWith("abi_mismatch"));
}

TEST(PluginIdentity, OfANewerMinorRunsUnlessItNeedsIt) {
  const std::string newer = with_note("abi=1.0", "abi=1.9");
  check_runs_here("x.so", read_identity("x.so", newer));
  EXPECT_THAT(refused_identity("needs=0", "needs=9"),
              AllOf(StartsWith("abi_mismatch"), HasSubstr("1.9"), HasSubstr("1.0")));
}

TEST(PluginIdentity, WithoutASoundNoteIsNoPlugin) {
  EXPECT_THAT(refused_identity("TIDEGATE", "TIDEGOAT"), StartsWith("no_identity"));
  for (const std::string_view abi :
       {"abi=x.0", "abi=1.x", "abi=1,0", "abi=.10", "abi=10.", "bba=1.0"}) {
    EXPECT_THAT(refused_identity("abi=1.0", abi), StartsWith("no_identity")) << abi;
  }
  EXPECT_THAT(refused_identity("needs=0", "needs=-"), StartsWith("no_identity"));
}

TEST(PluginIdentity, NameIsFitForAFileName) {
  for (const std::string_view other :
       {"name=../ab", "name=.hide", "name=a b c", "name=a/b/c", "nome=plain"}) {
    EXPECT_THAT(refused_identity("name=plain", other), StartsWith("no_identity")) << other;
  }
  EXPECT_THAT(refused_identity("version=1.0.0", "version=1.0\x01\xff"), StartsWith("no_identity"));
}

TEST(PluginIdentity, TableMustReachToHandle) {
  EXPECT_THAT(refused_text([] {
                check_runs_here("x.so",
                                read_identity("x.so", read_file(test_plugin("short_table"))));
              }),
              AllOf(StartsWith("bad_table"), HasSubstr("24 bytes")));
  EXPECT_THAT(refused_identity("tidegate_plugin_v1", "tidegate_plugin_v7"),
              StartsWith("bad_table"));
}

}  // namespace
}  // namespace tidegate
