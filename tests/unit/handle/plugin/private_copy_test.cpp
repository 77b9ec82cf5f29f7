// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/private_copy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

unsigned mode_of(const std::filesystem::path& path) {
  struct stat facts {};
  EXPECT_EQ(::lstat(path.c_str(), &facts), 0);
  return facts.st_mode & 07777U;
}

ino_t inode_of(const std::filesystem::path& path) {
  struct stat facts {};
  EXPECT_EQ(::lstat(path.c_str(), &facts), 0);
  return facts.st_ino;
}

std::size_t files_below(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) ++count;
  }
  return count;
}

class PrivateCopy : public testing::Test {
 protected:
  std::filesystem::path store() {
    return store_private_copy("orders.so", file_, "orders", scratch_.path() / "state");
  }
  ScratchFolder scratch_;
  PluginFile file_{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"};
};

TEST_F(PrivateCopy, FileIsReadWithItsSha256) {
  write_file(scratch_.path() / "file", "abc");
  const PluginFile file = read_plugin_file(scratch_.path() / "file");
  EXPECT_EQ(file.bytes, "abc");
  EXPECT_EQ(file.sha256, file_.sha256);  // FIPS 180-4, example B.1
}

TEST_F(PrivateCopy, IsNamedByItsContentAndClosedToOthers) {
  const auto copy = store();
  EXPECT_EQ(copy, scratch_.path() / "state" / "plugins" / file_.sha256 / "orders.so");
  EXPECT_EQ(read_file(copy), "abc");
  EXPECT_EQ(mode_of(copy), 0555U);
  // Its own folder may be searched by who gets there: a child of another user, by a descriptor.
  EXPECT_EQ(mode_of(copy.parent_path()), 0711U);
  EXPECT_EQ(mode_of(scratch_.path() / "state" / "plugins"), 0700U);
  EXPECT_EQ(files_below(scratch_.path()), 1U) << "nothing temporary is left";
}

TEST_F(PrivateCopy, IsUsedAgain) {
  const auto inode = inode_of(store());
  EXPECT_EQ(inode_of(store()), inode);
}

TEST_F(PrivateCopy, WithAnotherContentIsReplaced) {
  const auto copy = store();
  std::filesystem::permissions(copy, std::filesystem::perms::owner_all);
  write_file(copy, "abX");
  EXPECT_EQ(read_file(store()), "abc");
  EXPECT_EQ(mode_of(copy), 0555U);
  EXPECT_EQ(files_below(scratch_.path()), 1U);
}

TEST_F(PrivateCopy, IsNeverALinkToSomethingElse) {
  const auto copy = store();
  std::filesystem::remove(copy);
  write_file(scratch_.path() / "elsewhere", "abc");
  std::filesystem::create_symlink(scratch_.path() / "elsewhere", copy);
  EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(store())));
}

TEST_F(PrivateCopy, FolderThatWasOpenToOthersIsClosed) {
  std::filesystem::create_directories(scratch_.path() / "state" / "plugins");
  ::chmod((scratch_.path() / "state" / "plugins").c_str(), 0777);
  store();
  EXPECT_EQ(mode_of(scratch_.path() / "state" / "plugins"), 0700U);
}

TEST_F(PrivateCopy, FolderThatIsAFileIsRefusedWithItsPlace) {
  std::filesystem::create_directories(scratch_.path() / "state");
  write_file(scratch_.path() / "state" / "plugins", "");
  EXPECT_THAT(refused_text([&] { store(); }),
              AllOf(StartsWith("copy_failed: plugin orders.so"), HasSubstr("state/plugins"),
                    HasSubstr("not a directory"), HasSubstr("host.state_dir")));
}

TEST_F(PrivateCopy, OfWhatCannotBeReadIsRefused) {
  const auto refused = [](const std::filesystem::path& path) {
    return refused_text([&] { read_plugin_file(path); });
  };
  EXPECT_THAT(refused(scratch_.path() / "missing"),
              AllOf(StartsWith("not_found"), HasSubstr("No such file"), HasSubstr("plugin.path")));
  EXPECT_THAT(refused(scratch_.path()), AllOf(StartsWith("not_found"), HasSubstr("regular file")));
  ASSERT_EQ(::mkfifo((scratch_.path() / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(refused(scratch_.path() / "pipe"),
              AllOf(StartsWith("not_found"), HasSubstr("regular file")));
}

}  // namespace
}  // namespace tidegate
