// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/plugin_library.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/handle/plugin/plugin_instance.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class PluginLibraryTest : public testing::Test {
 protected:
  std::shared_ptr<const PluginLibrary> open(const std::filesystem::path& path,
                                            const std::string& sha256 = "") {
    return PluginLibrary::open({path, sha256, ""}, scratch_.path() / "state");
  }
  std::string refused(const std::string& plugin) {
    return refused_text([&] { open(test_plugin(plugin)); });
  }
  // What the plain plugin answers: the number of its instances.
  static std::string ask(const PluginInstance& plugin) {
    std::string reason(16, '\0');
    tidegate_result result{sizeof(tidegate_result), 0, reason.data(), 16, 0};
    const tidegate_message message{};
    EXPECT_EQ(plugin.table().handle(plugin.instance(), &message, &result), TIDEGATE_FAIL);
    return reason.substr(0, result.reason_size);
  }
  ScratchFolder scratch_;
  PluginMetrics metrics_;
};

TEST_F(PluginLibraryTest, IsLoadedFromThePrivateCopy) {
  const auto library = open(test_plugin("plain"));
  EXPECT_EQ(library->identity().name, "plain");
  EXPECT_FALSE(library->thread_safe());
  Dl_info info{};
  ASSERT_NE(::dladdr(reinterpret_cast<void*>(library->table().handle), &info), 0);
  EXPECT_EQ(std::filesystem::path(info.dli_fname), library->copy());
  EXPECT_EQ(library->copy().filename(), "plain.so");
  EXPECT_EQ(library->copy().parent_path().filename(), library->sha256());
}

TEST_F(PluginLibraryTest, OfTheSameContentIsTheSameLibrary) {
  const auto first = open(test_plugin("plain"));
  std::filesystem::copy_file(test_plugin("plain"), scratch_.path() / "renamed.so");
  const auto renamed = open(scratch_.path() / "renamed.so");
  EXPECT_EQ(renamed->table().handle, first->table().handle);
  EXPECT_EQ(renamed->path().filename(), "renamed.so") << "what is said of it names its own file";
}

TEST_F(PluginLibraryTest, NewContentAtTheSamePathIsAnotherLibrary) {
  const auto path = scratch_.path() / "orders.so";
  std::filesystem::copy_file(test_plugin("plain"), path);
  const auto first = open(path);
  const PluginInstance old_instance(first, "p", "", metrics_);
  write_file(path, read_file(test_plugin("plain_again")));  // in place: SIGBUS, were it loaded
  const auto second = open(path);
  EXPECT_EQ(first->identity().version, "1.0.0");
  EXPECT_EQ(second->identity().version, "2.0.0");
  EXPECT_NE(first->table().handle, second->table().handle);
  EXPECT_EQ(ask(old_instance), "1") << "the old one goes on";
}

TEST_F(PluginLibraryTest, StaysLoadedWhenNobodyUsesIt) {
  const auto handle = open(test_plugin("plain"))->table().handle;
  Dl_info info{};
  EXPECT_NE(::dladdr(reinterpret_cast<void*>(handle), &info), 0);
  EXPECT_EQ(open(test_plugin("plain"))->table().handle, handle);
}

TEST_F(PluginLibraryTest, IsRefusedWhenThePinIsOfAnotherFile) {
  const auto library = open(test_plugin("plain"));
  EXPECT_EQ(open(test_plugin("plain"), library->sha256()), library);
  const std::string other(64, '0');
  EXPECT_THAT(refused_text([&] { open(test_plugin("plain"), other); }),
              AllOf(StartsWith("hash_mismatch"), HasSubstr(other), HasSubstr(library->sha256())));
}

TEST_F(PluginLibraryTest, OfAnOlderMinorHasNullWhereItsTableEnds) {
  const auto library = open(test_plugin("old_table"));
  EXPECT_EQ(library->table().struct_size, 32U);
  EXPECT_NE(library->table().handle, nullptr);
  EXPECT_EQ(library->table().handle_batch, nullptr);
  EXPECT_EQ(library->table().get_extension, nullptr);
}

TEST_F(PluginLibraryTest, WithoutWhatIsRequiredIsRefused) {
  EXPECT_THAT(refused("no_create"), AllOf(StartsWith("bad_table"), HasSubstr("no create")));
  EXPECT_THAT(refused("no_destroy"), AllOf(StartsWith("bad_table"), HasSubstr("no destroy")));
  EXPECT_THAT(refused("no_handle"), AllOf(StartsWith("bad_table"), HasSubstr("no handle")));
  EXPECT_THAT(refused("short_size"), AllOf(StartsWith("bad_table"), HasSubstr("struct_size 24")));
}

TEST_F(PluginLibraryTest, ThatIsRefusedLeavesNoCopy) {
  write_file(scratch_.path() / "text.so", "text");
  EXPECT_THAT(refused_text([&] { open(scratch_.path() / "text.so"); }), StartsWith("not_elf"));
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "state"));
}

TEST_F(PluginLibraryTest, ThatTheLinkerRefusesIsRefusedWithItsReason) {
  EXPECT_THAT(refused("unresolved"),
              AllOf(StartsWith("load_failed"), HasSubstr("symbol_that_is_nowhere")));
}

TEST_F(PluginLibraryTest, InstanceIsMadeAndEnded) {
  const auto library = open(test_plugin("plain"));
  const PluginInstance one(library, "p", "", metrics_);
  {
    const PluginInstance two(library, "p", "{}", metrics_);
    EXPECT_NE(one.instance(), two.instance());
    EXPECT_EQ(ask(one), "2");
  }
  EXPECT_EQ(ask(one), "1");
}

TEST_F(PluginLibraryTest, InstanceThatCannotBeMadeSaysWhy) {
  EXPECT_THAT(refused_text([&] {
                const PluginInstance plugin(open(test_plugin("plain")), "p", R"({"a":1})",
                                            metrics_);
              }),
              AllOf(StartsWith("create_failed"), HasSubstr("plain.so"), HasSubstr("pipeline p"),
                    HasSubstr("no such table: orders")));
}

TEST_F(PluginLibraryTest, ExceptionOutOfCreateIsRefusedToo) {
  EXPECT_THAT(refused_text([&] {
                const PluginInstance plugin(open(test_plugin("throwing_create")), "p", "",
                                            metrics_);
              }),
              AllOf(StartsWith("create_failed"), HasSubstr("across the C ABI")));
}

}  // namespace
}  // namespace tidegate
