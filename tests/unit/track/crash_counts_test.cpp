// SPDX-License-Identifier: Apache-2.0
#include "host/track/crash_counts.hpp"

#include <gtest/gtest.h>

#include <random>

#include "host/track/commit_metadata.hpp"

namespace tidegate {
namespace {

constexpr std::uint32_t kPlugin = 0xC0FFEE42;

CrashCounts some() {
  CrashCounts counts;
  counts.note(Offset{100}, 2, kPlugin);
  counts.note(Offset{90}, 1, kPlugin);
  counts.note(Offset{1'000'000}, 3, kPlugin);
  return counts;
}

TEST(CrashCounts, ComeBackForTheSamePositionAndPlugin) {
  const std::string text = some().encode(Position{90});
  const auto read = CrashCounts::decode(Position{90}, kPlugin, text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->of(Offset{90}), 1U);
  EXPECT_EQ(read->of(Offset{100}), 2U);
  EXPECT_EQ(read->of(Offset{1'000'000}), 3U);
  EXPECT_EQ(read->of(Offset{101}), 0U);
}

TEST(CrashCounts, OfAnotherPluginDoNotCount) {
  const auto read = CrashCounts::decode(Position{90}, kPlugin + 1, some().encode(Position{90}));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->empty());
}

TEST(CrashCounts, OfOneVersionAreForgottenWhenAnotherOneCrashes) {
  CrashCounts counts = some();
  counts.note(Offset{95}, 1, kPlugin + 1);
  EXPECT_EQ(counts.plugin(), kPlugin + 1);
  EXPECT_EQ(counts.of(Offset{95}), 1U);
  EXPECT_EQ(counts.of(Offset{100}), 0U);
}

TEST(CrashCounts, BelowThePositionAreForgotten) {
  CrashCounts counts = some();
  counts.forget_below(Position{101});
  EXPECT_EQ(counts.of(Offset{100}), 0U);
  EXPECT_EQ(counts.of(Offset{1'000'000}), 3U);
  EXPECT_EQ(some().encode(Position{2'000'000}), "");
}

TEST(CrashCounts, AreBoundedAndTellWhenTheyChange) {
  CrashCounts counts;
  for (std::int64_t i = 0; i < 1'000; ++i) counts.note(Offset{i}, 1, kPlugin);
  EXPECT_EQ(counts.of(Offset{CrashCounts::kMost}), 0U);
  const std::uint64_t before = counts.changes();
  counts.note(Offset{3}, 2, kPlugin);
  EXPECT_GT(counts.changes(), before);
}

TEST(CrashCounts, NoGarbageHurtsTheReader) {
  const std::string sound = some().encode(Position{90});
  std::mt19937 dice(3);  // NOLINT: the same in every run
  for (int turn = 0; turn < 50'000; ++turn) {
    std::string bytes = sound.substr(0, dice() % (sound.size() + 1));
    for (std::size_t hits = dice() % 4; hits > 0 && !bytes.empty(); --hits)
      bytes[dice() % bytes.size()] = static_cast<char>(dice());
    (void)CrashCounts::decode(Position{90}, kPlugin, bytes);
  }
}

TEST(CrashCounts, StandInFrontOfTheResumeMapInTheMetadata) {
  const MetadataPlace place{"cluster", "group", "orders", Partition{1}, Position{90}};
  const std::string crashes = some().encode(Position{90});
  const FinishedRanges finished = {{Offset{95}, Offset{99}}};
  const CommitMetadata written = write_commit_metadata(place, {}, crashes, finished, 4096);
  EXPECT_EQ(read_crash_counts(place, written.text), crashes);
  EXPECT_EQ(read_commit_metadata(place, written.text), finished);
  EXPECT_EQ(
      read_crash_counts({"cluster", "group", "orders", Partition{2}, Position{90}}, written.text),
      "")
      << "of another place";
  const CommitMetadata alone = write_commit_metadata(place, {}, crashes, {}, 4096);
  EXPECT_EQ(read_crash_counts(place, alone.text), crashes);
  EXPECT_EQ(read_commit_metadata(place, alone.text), FinishedRanges{});
}

}  // namespace
}  // namespace tidegate
