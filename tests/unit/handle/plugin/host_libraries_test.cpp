// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/host_libraries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using testing::Contains;
using testing::ElementsAre;

TEST(HostLibraries, OfThisProcessAreKnownWithTheirVersions) {
  const LoadedLibraries loaded = loaded_libraries();
  ASSERT_TRUE(loaded.contains("libc.so.6"));
  ASSERT_TRUE(loaded.contains("libstdc++.so.6"));
  EXPECT_THAT(loaded.at("libc.so.6"), Contains("GLIBC_2.34"));
  EXPECT_THAT(loaded.at("libstdc++.so.6"), Contains("GLIBCXX_3.4.29"));
  EXPECT_FALSE(loaded.at("libc.so.6").contains("GLIBC_9.99"));
}

TEST(HostLibraries, AreFoundWhereTheLinkerLooks) {
  EXPECT_EQ(find_library("libc.so.6", {}), Found::yes);
  EXPECT_EQ(find_library("libstdc++.so.6", {}), Found::yes);
  EXPECT_NE(find_library("libnobody-has-it.so.1", {}), Found::yes);
}

TEST(HostLibraries, InTheRunPathMustBeLibrariesOfThisMachine) {
  const ScratchFolder scratch;
  EXPECT_NE(find_library("libmine.so", {scratch.path()}), Found::yes);
  write_file(scratch.path() / "libmine.so", "text");
  EXPECT_NE(find_library("libmine.so", {scratch.path()}), Found::yes);
  std::filesystem::copy_file(test_plugin("plain"), scratch.path() / "libmine.so",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(find_library("libmine.so", {scratch.path()}), Found::yes);
  EXPECT_EQ(find_library((scratch.path() / "libmine.so").string(), {}), Found::yes);
}

// A cache of two entries, as ldconfig writes it.
std::string cache() {
  std::string bytes = "glibc-ld.so.cache1.1";
  bytes.resize(48 + 2 * 24);
  const auto put = [&](std::size_t at, std::uint32_t value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
  };
  put(20, 2);
  const std::array<const char*, 4> texts = {"liba.so.1", "/lib/liba.so.1", "libb.so.2",
                                            "/lib/libb.so.2"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    put(48 + 24 * (i / 2) + 4 + 4 * (i % 2), static_cast<std::uint32_t>(bytes.size()));
    bytes += texts[i];
    bytes += '\0';
  }
  return bytes;
}

TEST(HostLibraries, AreLookedUpInTheSystemsCache) {
  EXPECT_THAT(look_up_in_cache(cache(), "libb.so.2").paths, ElementsAre("/lib/libb.so.2"));
  EXPECT_THAT(look_up_in_cache(cache(), "libc.so.3").paths, ElementsAre());
  EXPECT_TRUE(look_up_in_cache(cache(), "libc.so.3").understood);
  EXPECT_FALSE(look_up_in_cache("", "libb.so.2").understood);
  EXPECT_FALSE(look_up_in_cache("ld.so-1.7.0" + std::string(100, '\0'), "x").understood);
  for (std::size_t size = 0; size < cache().size(); ++size)
    (void)look_up_in_cache(cache().substr(0, size), "libb.so.2");
}

}  // namespace
}  // namespace tidegate
