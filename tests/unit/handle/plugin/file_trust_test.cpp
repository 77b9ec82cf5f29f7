// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/file_trust.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "host/handle/plugin/vet.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

struct stat owned(uid_t user, mode_t mode, gid_t group = 4'000'000) {
  struct stat facts {};
  facts.st_uid = user;
  facts.st_gid = group;
  facts.st_mode = mode;
  return facts;
}

TEST(FileTrust, IsForRootAndThisUserAlone) {
  EXPECT_EQ(distrust(owned(0, S_IFREG | 0755)), "");
  EXPECT_EQ(distrust(owned(::geteuid(), S_IFREG | 0755)), "");
  EXPECT_THAT(distrust(owned(::geteuid() + 1'000'000, S_IFREG | 0755)),
              StartsWith("belongs to user number "));
  EXPECT_EQ(distrust(owned(0, S_IFREG | 0757)), "can be written by everybody");
  EXPECT_EQ(distrust(owned(0, S_IFREG | 0775)), "can be written by its group");
}

TEST(FileTrust, OfAGroupWithNobodyElseInItIsGivenToItsOwner) {
  // root and its group are of one name on every Linux; nobody else is listed in it here.
  if (distrust(owned(0, S_IFREG | 0775, 0)).empty()) {
    EXPECT_EQ(distrust(owned(0, S_IFDIR | 0775, 0)), "");
  } else {
    GTEST_SKIP() << "on this machine the group root has members";
  }
  EXPECT_EQ(distrust(owned(0, S_IFREG | 0777, 0)), "can be written by everybody");
}

TEST(FileTrust, StickyFolderLetsNobodyReplaceWhatIsNotHis) {
  EXPECT_EQ(distrust(owned(0, S_IFDIR | 01777)), "");
  EXPECT_NE(distrust(owned(0, S_IFDIR | 0777)), "");
}

class VetPlugin : public testing::Test {
 protected:
  VetPlugin() {
    std::filesystem::create_directory(folder_);
    std::filesystem::copy_file(test_plugin("plain"), file_);
    ::chmod(folder_.c_str(), 0755);
    ::chmod(file_.c_str(), 0755);
  }
  void mode(const std::filesystem::path& path, mode_t mode) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
  std::string refused(const std::filesystem::path& path) const {
    return refused_text([&] { (void)vet_plugin({path, "", "", {}}); });
  }
  ScratchFolder scratch_;
  const std::filesystem::path folder_ = scratch_.path() / "plugins";
  const std::filesystem::path file_ = folder_ / "plain.so";
};

TEST_F(VetPlugin, AcceptsWhatNobodyElseCanChange) {
  EXPECT_EQ(vet_plugin({file_, "", "", {}}).identity.name, "plain");
}

TEST_F(VetPlugin, RefusesAFileThatEverybodyCanWrite) {
  mode(file_, 0757);
  EXPECT_THAT(refused(file_),
              AllOf(StartsWith("not_trusted"), HasSubstr(file_.string()), HasSubstr("everybody"),
                    HasSubstr("chmod go-w"), HasSubstr("plugin.sha256 = \"")));
}

TEST_F(VetPlugin, RefusesAFolderThatEverybodyCanWrite) {
  mode(folder_, 0777);
  EXPECT_THAT(refused(file_), AllOf(StartsWith("not_trusted"), HasSubstr(folder_.string())));
}

TEST_F(VetPlugin, LooksAtBothEndsOfALink) {
  const auto link = scratch_.path() / "current.so";
  std::filesystem::create_symlink(file_, link);
  EXPECT_EQ(vet_plugin({link, "", "", {}}).identity.name, "plain");
  mode(folder_, 0777);
  EXPECT_THAT(refused(link), AllOf(StartsWith("not_trusted"), HasSubstr(folder_.string())));
}

TEST_F(VetPlugin, TakesAPinForBetterThanTrust) {
  const std::string sha256 = read_plugin_file(file_).sha256;
  mode(file_, 0757);
  EXPECT_EQ(vet_plugin({file_, sha256, "", {}}).file.sha256, sha256);
  EXPECT_THAT(refused_text([&] {
                (void)vet_plugin({file_, std::string(64, '0'), "", {}});
              }),
              StartsWith("hash_mismatch"));
}

}  // namespace
}  // namespace tidegate
