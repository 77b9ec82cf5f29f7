// SPDX-License-Identifier: Apache-2.0
#include "host/app/state_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <stdexcept>
#include <string>

#include "host/app/scratch_dir.hpp"

namespace tidegate {
namespace {

namespace fs = std::filesystem;

class StateDir : public testing::Test {
 protected:
  // What preparing the folder complains about; empty: nothing.
  static std::string complaint(const fs::path& folder) {
    try {
      prepare_state_dir(folder);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  const ScratchDir scratch_;
};

TEST_F(StateDir, IsMadeWithItsParentsForTheOwnerAlone) {
  const fs::path folder = scratch_.path() / "a" / "b";
  EXPECT_EQ(complaint(folder), "");
  EXPECT_EQ(fs::status(folder).permissions(), fs::perms::owner_all);
}

TEST_F(StateDir, MayBeThereAlready) {
  EXPECT_EQ(complaint(scratch_.path()), "");
  EXPECT_EQ(complaint(scratch_.path()), "");
}

TEST_F(StateDir, IsRefusedWhereOthersMayWrite) {
  const fs::path folder = scratch_.path() / "open";
  fs::create_directory(folder);
  fs::permissions(folder, fs::perms::all);
  EXPECT_NE(complaint(folder).find("chmod 700"), std::string::npos) << complaint(folder);
}

TEST_F(StateDir, IsRefusedWhereItIsAFile) {
  const fs::path file = scratch_.path() / "file";
  std::ofstream(file) << "x";
  EXPECT_NE(complaint(file).find("is not a folder"), std::string::npos) << complaint(file);
}

TEST_F(StateDir, TellsTheFolderAndTheCureWhereItCannotBeMade) {
  const fs::path file = scratch_.path() / "file";
  std::ofstream(file) << "x";
  const std::string text = complaint(file / "below");
  EXPECT_NE(text.find((file / "below").string()), std::string::npos) << text;
  EXPECT_NE(text.find("host.state_dir"), std::string::npos) << text;
}

}  // namespace
}  // namespace tidegate
