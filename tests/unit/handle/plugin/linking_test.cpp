// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/linking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Linking : public testing::Test {
 protected:
  Linking() { plugin_.elf.needed = {"libc.so.6"}; }
  [[nodiscard]] std::string refused() const {
    return refused_text([&] { check_links_here("x.so", plugin_); });
  }
  PluginIdentity plugin_;
  ScratchFolder scratch_;
};

TEST_F(Linking, OfASoundPluginIsAccepted) {
  const std::string bytes = read_file(test_plugin("plain"));
  check_links_here("plain.so", read_identity("plain.so", bytes));
  check_links_here("x.so", plugin_);
}

TEST_F(Linking, WithTextRelocationsIsRefused) {
  plugin_.elf.text_relocations = true;
  EXPECT_THAT(refused(), AllOf(StartsWith("unsafe: plugin x.so"), HasSubstr("-fPIC")));
}

TEST_F(Linking, WithAnExecutableStackIsRefused) {
  plugin_.elf.executable_stack = true;
  EXPECT_THAT(refused(), AllOf(StartsWith("unsafe"), HasSubstr("-z,noexecstack")));
}

TEST_F(Linking, ThatNeedsALibraryWhichIsNotHereIsRefused) {
  plugin_.elf.needed.emplace_back("libnobody-has-it.so.1");
  EXPECT_THAT(refused(), AllOf(StartsWith("needs_library"), HasSubstr("libnobody-has-it.so.1"),
                               HasSubstr("link it statically")));
  plugin_.elf.run_path = "$ORIGIN";
  EXPECT_THAT(refused(), HasSubstr("private copy"));
}

TEST_F(Linking, WithTheLibraryInItsRunPathIsAccepted) {
  plugin_.elf.needed.emplace_back("libmine.so");
  plugin_.elf.run_path = "$ORIGIN:" + scratch_.path().string();
  std::filesystem::copy_file(test_plugin("plain"), scratch_.path() / "libmine.so");
  check_links_here("x.so", plugin_);
}

TEST_F(Linking, WithARelativeOrEmptyPartOfTheRunPathIsRefused) {
  for (const char* path : {"lib", "/usr/lib:lib", ":/usr/lib", "/usr/lib:", "/usr/lib::/lib"}) {
    plugin_.elf.run_path = path;
    EXPECT_THAT(refused(), AllOf(StartsWith("unsafe"), HasSubstr("relative"))) << path;
  }
}

TEST_F(Linking, WithARunPathThatOthersCanWriteIsRefused) {
  ASSERT_EQ(::chmod(scratch_.path().c_str(), 0777), 0);
  plugin_.elf.run_path = scratch_.path().string();
  EXPECT_THAT(refused(), AllOf(StartsWith("unsafe"), HasSubstr(scratch_.path().string())));
}

TEST_F(Linking, BuiltOnANewerSystemIsRefusedWithBothVersions) {
  plugin_.elf.version_needs = {{"libc.so.6", "GLIBC_2.4", VersionNeed::Strength::strong},
                               {"libc.so.6", "GLIBC_9.99", VersionNeed::Strength::weak},
                               {"libother.so", "OTHER_9", VersionNeed::Strength::strong}};
  check_links_here("x.so", plugin_);
  plugin_.elf.version_needs[1].strength = VersionNeed::Strength::strong;
  EXPECT_THAT(refused(), AllOf(StartsWith("needs_newer"), HasSubstr("GLIBC_9.99"),
                               HasSubstr("libc.so.6 here"), HasSubstr("glibc 2.")));
  EXPECT_EQ(glibc_versions(plugin_).needed, "9.99");
}

}  // namespace
}  // namespace tidegate
