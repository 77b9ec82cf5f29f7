// SPDX-License-Identifier: Apache-2.0
//
// What a worker answers, and what the host makes of it where a plugin has written over it.
#include "host/handle/worker/answer_log.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/fakes/fake_messages.hpp"

namespace tidegate {
namespace {

constexpr std::uint32_t kCount = 10;

class AnswerLogTest : public ::testing::Test {
 protected:
  AnswerLogTest() : memory(1, "{}"), log(memory.link(0), memory.answers(0)) {
    chunk.source = std::make_shared<PartitionSource>();
    chunk.home = &log;
    chunk.items = fakes::run(0, kCount);
    chunk.open();
    log.clear();
  }

  OutputPtr output(std::string_view topic, std::string_view value) {
    const std::string name = "from", content("a\0b", 3);
    const tidegate_header header{{name.data(), name.size()}, {content.data(), content.size()}};
    tidegate_output raw{};
    raw.struct_size = sizeof raw;
    raw.partition = -1;
    raw.timestamp_ms = -1;
    raw.topic = {topic.data(), topic.size()};
    raw.value = {value.data(), value.size()};
    raw.headers = &header;
    raw.header_count = 1;
    std::string problem;
    OutputPtr made = make_output(raw, problem);
    EXPECT_EQ(problem, "");
    return made;
  }

  [[nodiscard]] std::string written() const {
    return {memory.answers(0), memory.link(0).answer_bytes.load()};
  }

  void fill() {
    (void)chunk.claim(8);
    chunk.failures.push_back({2, TIDEGATE_FAIL, ErrorKind::status, 0, "no stock"});
    chunk.failures.push_back({5, TIDEGATE_FAIL, ErrorKind::emit, 0, "refused"});
    chunk.unattempted.push_back(6);
    chunk.emitted.push_back({3, {}});
    chunk.emitted.back().outputs.push_back(output("copies", "one"));
    chunk.emitted.back().outputs.push_back(output("copies", "two"));
    chunk.handling = std::chrono::microseconds(5);
  }

  WorkerMemory memory;
  AnswerLog log;
  Chunk chunk;
};

TEST_F(AnswerLogTest, WhatCameOfEachMessageComesBack) {
  fill();
  log.give_back(chunk);
  const auto answers = read_answers(written(), kCount);
  ASSERT_TRUE(answers && answers->end);
  EXPECT_EQ(answers->end->claimed, 8U);
  EXPECT_EQ(answers->end->handling, std::chrono::microseconds(5));
  ASSERT_EQ(answers->failures.size(), 2U);
  EXPECT_EQ(answers->failures[0].reason, "no stock");
  EXPECT_EQ(answers->failures[1].kind, ErrorKind::emit);
  EXPECT_EQ(answers->unattempted, std::vector<std::uint32_t>{6});
  ASSERT_EQ(answers->emitted.size(), 1U);
  ASSERT_EQ(answers->emitted[0].outputs.size(), 2U);
  const Output& second = *std::next(answers->emitted[0].outputs.begin());
  EXPECT_STREQ(second.topic, "copies");
  EXPECT_EQ(second.value, "two");
  EXPECT_EQ(second.key.data(), nullptr);
  EXPECT_EQ(rd_kafka_header_cnt(second.headers.get()), 1U);
}

TEST_F(AnswerLogTest, BeforeEachCallAllThatIsSettledIsThere) {
  chunk.failures.push_back({0, TIDEGATE_FALSE, ErrorKind::returned_false, 0, {}});
  log.calling(chunk, {3, 1});
  EXPECT_EQ(memory.link(0).calling.load(), pack_range({3, 1}));
  const auto answers = read_answers(written(), kCount);
  ASSERT_TRUE(answers);
  EXPECT_FALSE(answers->end) << "the run goes on";
  EXPECT_EQ(answers->failures.size(), 1U);
}

TEST_F(AnswerLogTest, AnIndexThatWasNotHandedOutIsRefused) {
  fill();
  log.give_back(chunk);
  EXPECT_FALSE(read_answers(written(), 5));
}

TEST_F(AnswerLogTest, TwoAnswersForOneMessageAreRefused) {
  chunk.failures.push_back({2, TIDEGATE_FAIL, ErrorKind::status, 0, {}});
  chunk.unattempted.push_back(2);
  log.calling(chunk, {3, 1});
  EXPECT_FALSE(read_answers(written(), kCount));
}

TEST_F(AnswerLogTest, NoGarbageHurtsTheReader) {
  fill();
  log.give_back(chunk);
  const std::string sound = written();
  std::mt19937 dice(7);  // NOLINT: the same in every run
  std::size_t accepted = 0;
  for (int turn = 0; turn < 20'000; ++turn) {
    std::string bytes = sound.substr(0, dice() % (sound.size() + 1));
    for (std::size_t hits = dice() % 8; hits > 0 && !bytes.empty(); --hits)
      bytes[dice() % bytes.size()] = static_cast<char>(dice());
    const auto answers = read_answers(bytes, kCount);
    if (!answers) continue;
    ++accepted;
    for (const Failure& failure : answers->failures) ASSERT_LT(failure.index, kCount);
    for (const Emitted& emitted : answers->emitted) ASSERT_LT(emitted.index, kCount);
    for (const std::uint32_t index : answers->unattempted) ASSERT_LT(index, kCount);
  }
  EXPECT_GT(accepted, 0U) << "some mutations leave it sound";
}

}  // namespace
}  // namespace tidegate
