// SPDX-License-Identifier: Apache-2.0
//
// The way from a message that somebody wrote down to a handler and back, without a plugin's file.
#include "host/app/workbench/driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/handle/slot_fixture.hpp"

namespace tidegate::workbench {
namespace {

using testing::ElementsAre;

class DriverTest : public SlotTest {
 protected:
  std::vector<Answer> handle(const std::vector<Sample>& samples, std::uint32_t batch = 0) {
    Driver driver(batching, &answers, {batch, {}});
    return driver.handle(samples);
  }
  static std::vector<Sample> samples(std::int64_t count) {
    std::vector<Sample> list;
    for (std::int64_t i = 0; i < count; ++i) {
      Sample sample;
      sample.offset = i;
      sample.value = "v";
      list.push_back(std::move(sample));
    }
    return list;
  }
};

TEST_F(DriverTest, ShowsTheMessageAsItWasWritten) {
  Sample sample;
  sample.topic = "orders.v1";
  sample.partition = 3;
  sample.offset = 12;
  sample.timestamp_ms = 1'700'000'000'000;
  sample.key = "";
  sample.attempt = 4;
  answers.one = [](const tidegate_message& message, tidegate_result&) {
    EXPECT_EQ(std::string(static_cast<const char*>(message.topic.data), message.topic.size),
              "orders.v1");
    EXPECT_EQ(message.partition, 3);
    EXPECT_EQ(message.offset, 12);
    EXPECT_EQ(message.timestamp_ms, 1'700'000'000'000);
    EXPECT_EQ(message.attempt, 4U);
    EXPECT_NE(message.key.data, nullptr) << "empty, not absent";
    EXPECT_EQ(message.key.size, 0U);
    EXPECT_EQ(message.value.data, nullptr) << "absent";
    return TIDEGATE_OK;
  };
  EXPECT_EQ(answer_name(handle({sample}).at(0)), "ok");
}

TEST_F(DriverTest, AttemptsEachMessageOnceWhateverTheAnswerWas) {
  answers.one = [](const tidegate_message& message, tidegate_result& result) {
    if (message.offset == 1) say(result, "busy");
    result.delay_ms = message.offset == 1 ? 50 : 0;
    return message.offset == 1 ? TIDEGATE_PAUSE : static_cast<tidegate_status>(message.offset);
  };
  const auto given = handle(samples(5));
  EXPECT_THAT(answers.seen, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(answer_name(given[1]), "pause");
  EXPECT_EQ(given[1].reason, "busy");
  EXPECT_EQ(given[1].delay_ms, 50U);
  EXPECT_EQ(answer_name(given[4]), "dead_letter");
}

TEST_F(DriverTest, MakesBatchesOfOnePartition) {
  auto list = samples(5);
  list[4].partition = 7;
  std::vector<std::size_t> sizes;
  answers.batch = [&](std::size_t count, tidegate_status* statuses) {
    sizes.push_back(count);
    std::fill_n(statuses, count, TIDEGATE_DROP);
    return TIDEGATE_OK;
  };
  const auto given = handle(list, 3);
  EXPECT_THAT(sizes, ElementsAre(3, 1, 1));
  EXPECT_EQ(given.size(), 5U);
  EXPECT_EQ(answer_name(given[4]), "drop");
}

TEST_F(DriverTest, NamesWhatIsNoAnswer) {
  answers.one = [](const tidegate_message&, tidegate_result&) { return tidegate_status{42}; };
  EXPECT_EQ(answer_name(handle(samples(1)).at(0)), "unknown (42)");
  EXPECT_FALSE(is_answer_name("unknown (42)"));
}

}  // namespace
}  // namespace tidegate::workbench
