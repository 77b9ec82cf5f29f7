// SPDX-License-Identifier: Apache-2.0
#include "host/handle/swap/file_watch.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "host/app/scratch_dir.hpp"
#include "tests/fakes/fake_clock.hpp"

namespace tidegate {
namespace {

class FileWatchTest : public ::testing::Test {
 protected:
  FileWatchTest() { watch.follow(file); }
  void write(const std::string& text, std::ios::openmode mode = std::ios::trunc) {
    std::ofstream(file, mode) << text;
  }
  // The time of the next look has come.
  bool look() {
    clock.advance(FileWatch::kBetweenLooks);
    return watch.look(clock.now());
  }

  const ScratchDir folder;
  const std::filesystem::path file = folder.path() / "orders.so";
  fakes::FakeClock clock;
  FileWatch watch;
};

TEST_F(FileWatchTest, TellsOnceWhatIsThereAndWhole) {
  write("one");
  EXPECT_FALSE(look()) << "it may still be written";
  EXPECT_TRUE(look());
  EXPECT_FALSE(look());
  EXPECT_FALSE(look());
}

TEST_F(FileWatchTest, WaitsUntilNothingIsWrittenAnyMore) {
  write("one");
  EXPECT_FALSE(look());
  write(" and more", std::ios::app);
  EXPECT_FALSE(look());
  write(" and yet more", std::ios::app);
  EXPECT_FALSE(look());
  EXPECT_TRUE(look());
}

TEST_F(FileWatchTest, TellsAFileThatTookItsPlace) {
  write("one");
  (void)look();
  (void)look();
  std::ofstream(folder.path() / "new") << "two";
  std::filesystem::rename(folder.path() / "new", file);
  EXPECT_FALSE(look());
  EXPECT_TRUE(look());
  EXPECT_FALSE(look());
}

TEST_F(FileWatchTest, SaysNothingOfAFileThatIsNotThere) {
  EXPECT_FALSE(look());
  EXPECT_FALSE(look());
  write("one");
  (void)look();
  EXPECT_TRUE(look());
  std::filesystem::remove(file);
  EXPECT_FALSE(look());
  EXPECT_FALSE(look());
}

TEST_F(FileWatchTest, LooksOnceASecondHoweverOftenItIsAsked) {
  write("one");
  EXPECT_FALSE(look());
  EXPECT_FALSE(watch.look(clock.now())) << "two looks at one moment prove nothing";
  EXPECT_TRUE(look());
}

}  // namespace
}  // namespace tidegate
