// SPDX-License-Identifier: Apache-2.0
#include "host/track/commit_metadata.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "host/track/printable.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kUsual = 4096;

MetadataPlace place_at(std::int64_t position) {
  return {"cluster", "group", "topic", Partition{3}, Position{position}};
}

FinishedRanges every_third(std::int64_t position, std::int64_t count) {
  FinishedRanges ranges;
  for (std::int64_t i = 1; i <= count; ++i)
    ranges.push_back({Offset{position + 3 * i}, Offset{position + 3 * i}});
  return ranges;
}

std::size_t characters_in(const std::string& text) {
  std::size_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80 ? 1 : 0;
  return count;
}

TEST(Printable, EveryLengthComesBack) {
  std::mt19937_64 random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string text = to_printable(bytes);
    ASSERT_EQ(characters_in(text), characters_for_bytes(size));
    const auto read = from_printable(text);
    ASSERT_TRUE(read);
    ASSERT_EQ(read->size(), bytes_in_characters(characters_for_bytes(size)));
    ASSERT_EQ(read->substr(0, size), bytes);
    ASSERT_EQ(read->find_first_not_of('\0', size), std::string::npos);
  }
}

TEST(Printable, HasACharacterForEveryValueAndNoOther) {
  std::set<std::string> seen;
  for (unsigned value = 0; value < 32'768; ++value) {
    const std::string bytes{static_cast<char>(value >> 7U), static_cast<char>(value << 1U)};
    const std::string text = to_printable(bytes).substr(0, kBytesPerCharacter);
    ASSERT_EQ(text.find('\0'), std::string::npos);
    ASSERT_TRUE(from_printable(text)) << value;
    seen.insert(text);
  }
  EXPECT_EQ(seen.size(), 32'768U);
  for (const char* other : {"abc", "\xE3\x8F\xBF", "\xEA\x80\x80", "\xEB\xBF\xC0", "\xEC\x80\x80",
                            "\xED\xA0\x80", "\xE3\x90", "\xF0\x9F\x98\x80"}) {
    EXPECT_FALSE(from_printable(other)) << other;
  }
}

TEST(CommitMetadata, ComesBackAtItsPlace) {
  const FinishedRanges finished = every_third(100, 50);
  const CommitMetadata written = write_commit_metadata(place_at(100), {}, {}, finished, kUsual);
  EXPECT_EQ(written.text.substr(0, 10), "tidegate1:");
  EXPECT_EQ(written.characters, characters_in(written.text));
  EXPECT_EQ(written.covered, position_after(finished.back().last));
  EXPECT_EQ(read_commit_metadata(place_at(100), written.text), finished);
}

TEST(CommitMetadata, NothingFinishedAboveThePositionIsNoText) {
  EXPECT_EQ(write_commit_metadata(place_at(100), {}, {}, {}, kUsual).text, "");
  EXPECT_EQ(read_commit_metadata(place_at(100), ""), FinishedRanges{});
}

TEST(CommitMetadata, SaysWhichTopicThePositionIsOfBesideAllElse) {
  const TopicId topic{-2, 3};
  const FinishedRanges finished = every_third(100, 50);
  const std::string text = write_commit_metadata(place_at(100), topic, "c", finished, kUsual).text;
  EXPECT_EQ(read_topic_id(place_at(100), text), topic);
  EXPECT_EQ(read_crash_counts(place_at(100), text), "c");
  EXPECT_EQ(read_commit_metadata(place_at(100), text), finished);
  const CommitMetadata alone = write_commit_metadata(place_at(100), topic, {}, {}, 23);
  EXPECT_EQ(alone.characters, 23U);
  EXPECT_EQ(read_topic_id(place_at(100), alone.text), topic);
  EXPECT_EQ(read_commit_metadata(place_at(100), alone.text), FinishedRanges{});
}

TEST(CommitMetadata, DoesNotNameATopicWhereNobodyDid) {
  const std::string text =
      write_commit_metadata(place_at(100), {}, {}, every_third(100, 50), kUsual).text;
  const std::string named = write_commit_metadata(place_at(100), {1, 2}, {}, {}, kUsual).text;
  EXPECT_FALSE(read_topic_id(place_at(100), text).known());
  EXPECT_FALSE(read_topic_id(place_at(100), "").known());
  EXPECT_FALSE(read_topic_id(place_at(101), named).known()) << "the position was moved";
  EXPECT_EQ(write_commit_metadata(place_at(100), {1, 2}, {}, {}, 22).text, "") << "no room";
}

TEST(CommitMetadata, CountsForNoOtherPlace) {
  const std::string text =
      write_commit_metadata(place_at(100), {}, {}, every_third(100, 50), kUsual).text;
  MetadataPlace place = place_at(101);
  EXPECT_EQ(read_commit_metadata(place, text), std::nullopt) << "the position was moved";
  place = place_at(100);
  place.cluster_id = "another";
  EXPECT_EQ(read_commit_metadata(place, text), std::nullopt);
  place = place_at(100);
  place.group_id = "another";
  EXPECT_EQ(read_commit_metadata(place, text), std::nullopt);
  place = place_at(100);
  place.topic = "another";
  EXPECT_EQ(read_commit_metadata(place, text), std::nullopt);
  place = place_at(100);
  place.partition = Partition{4};
  EXPECT_EQ(read_commit_metadata(place, text), std::nullopt);
  place = place_at(100);
  place.cluster_id = "clustergroup";  // the same letters in other fields
  place.group_id = "";
  EXPECT_EQ(read_commit_metadata(place, text), std::nullopt);
}

TEST(CommitMetadata, KeepsToEveryLimit) {
  std::mt19937_64 random(5);
  FinishedRanges finished;
  std::int64_t at = 100;
  for (int i = 0; i < 60'000; ++i) {
    const auto first = at + 1 + static_cast<std::int64_t>(random() % 4);
    const auto last = first + static_cast<std::int64_t>(random() % 4);
    finished.push_back({Offset{first}, Offset{last}});
    at = last + 1;
  }
  for (const std::size_t limit : {0U, 9U, 10U, 14U, 16U, 17U, 100U, 1000U, 4095U, 4096U, 10'000U}) {
    const CommitMetadata written = write_commit_metadata(place_at(100), {}, {}, finished, limit);
    ASSERT_LE(characters_in(written.text), limit);
    ASSERT_EQ(characters_in(written.text), written.characters);
    if (limit >= 100) {
      ASSERT_GE(written.characters, limit - 2) << "room is left unused";
    }
    const auto read = read_commit_metadata(place_at(100), written.text);
    ASSERT_TRUE(read) << limit;
    ASSERT_TRUE(std::equal(read->begin(), read->end(), finished.begin()));
    ASSERT_EQ(written.covered, read->empty() ? Position{100} : position_after(read->back().last));
  }
}

TEST(CommitMetadata, ForeignTextIsIgnored) {
  const std::string wide = to_printable(std::string(64, '\x5A'));
  for (const std::string& text :
       {std::string("leader@host-3"), std::string("{\"epoch\":7}"), std::string("tidegate1:"),
        std::string("tidegate1:x"), "tidegate1:" + wide, "tidegate2:" + wide, wide,
        std::string("tidegate1"), std::string(1, '\0'), std::string(5000, '\xFF')}) {
    EXPECT_EQ(read_commit_metadata(place_at(100), text), std::nullopt) << text;
  }
}

TEST(CommitMetadata, DamageIsNoticed) {
  const std::string text =
      write_commit_metadata(place_at(100), {}, {}, every_third(100, 400), kUsual).text;
  std::mt19937_64 random(6);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = text;
    switch (random() % 4) {
      case 0: damaged[random() % damaged.size()] ^= static_cast<char>(1U << random() % 8); break;
      case 1: damaged.resize(random() % damaged.size()); break;
      case 2: damaged.insert(random() % damaged.size(), 3, static_cast<char>(random())); break;
      default: std::swap(damaged[random() % damaged.size()], damaged[random() % damaged.size()]);
    }
    if (damaged == text || damaged.empty()) continue;
    ASSERT_EQ(read_commit_metadata(place_at(100), damaged), std::nullopt) << "round " << i;
  }
}

}  // namespace
}  // namespace tidegate
