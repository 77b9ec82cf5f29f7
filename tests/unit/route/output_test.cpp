// SPDX-License-Identifier: Apache-2.0
//
// What a handler emits, as the host keeps it.
#include "host/route/output.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tidegate {
namespace {

tidegate_bytes bytes(std::string_view text) { return {text.data(), text.size()}; }

tidegate_output raw_output() {
  tidegate_output raw{};
  raw.struct_size = sizeof raw;
  raw.topic = bytes("orders");
  raw.partition = -1;
  raw.timestamp_ms = -1;
  return raw;
}

OutputPtr made_of(const tidegate_output& raw) {
  std::string problem;
  OutputPtr made = make_output(raw, problem);
  EXPECT_EQ(problem, "");
  return made;
}

std::string problem_of(const tidegate_output& raw) {
  std::string problem;
  EXPECT_EQ(make_output(raw, problem), nullptr);
  return problem;
}

TEST(Output, IsACopy) {
  std::string topic = "orders", key("k\0", 2), value = "v";
  tidegate_output raw = raw_output();
  raw.topic = bytes(topic);
  raw.key = bytes(key);
  raw.value = bytes(value);
  raw.partition = 3;
  raw.timestamp_ms = 17;
  const OutputPtr made = made_of(raw);
  topic = key = value = "overwritten";
  EXPECT_STREQ(made->topic, "orders");
  EXPECT_EQ(made->key, std::string_view("k\0", 2));
  EXPECT_EQ(made->value, "v");
  EXPECT_EQ(made->partition.value, 3);
  EXPECT_EQ(made->timestamp_ms, 17);
  EXPECT_EQ(made->headers, nullptr);
}

TEST(Output, AbsentAndEmptyAreNotTheSame) {
  tidegate_output raw = raw_output();
  raw.value = bytes("");
  const OutputPtr made = made_of(raw);
  EXPECT_EQ(made->key.data(), nullptr);
  ASSERT_NE(made->value.data(), nullptr);
  EXPECT_TRUE(made->value.empty());
}

TEST(Output, CountsWhatItsHeadersTake) {
  const std::string name = "name", value(1000, 'x');
  const tidegate_header header{bytes(name), bytes(value)};
  tidegate_output raw = raw_output();
  const std::size_t bare = made_of(raw)->bytes;
  raw.headers = &header;
  raw.header_count = 1;
  const OutputPtr made = made_of(raw);
  EXPECT_EQ(rd_kafka_header_cnt(made->headers.get()), 1U);
  EXPECT_GE(made->bytes, bare + name.size() + value.size());
}

TEST(Output, WhatKafkaCannotTakeIsRefused) {
  const auto topic_problem = [](std::string_view topic) {
    tidegate_output raw = raw_output();
    raw.topic = bytes(topic);
    return problem_of(raw);
  };
  EXPECT_NE(topic_problem("").find("topic"), std::string::npos);
  EXPECT_NE(topic_problem(std::string(250, 't')).find("249"), std::string::npos);
  EXPECT_NE(topic_problem(std::string_view("a\0b", 3)).find("NUL"), std::string::npos);
  tidegate_output raw = raw_output();
  raw.partition = -2;
  EXPECT_NE(problem_of(raw).find("partition"), std::string::npos);
  raw = raw_output();
  raw.header_count = 1;
  EXPECT_NE(problem_of(raw).find("headers"), std::string::npos);
  const tidegate_header nameless{};
  raw.headers = &nameless;
  EXPECT_NE(problem_of(raw).find("header"), std::string::npos);
  raw = raw_output();
  raw.struct_size = 8;
  EXPECT_NE(problem_of(raw).find("struct_size"), std::string::npos);
}

TEST(Outputs, KeepTheirOrderAndMove) {
  Outputs outputs;
  EXPECT_TRUE(outputs.empty());
  std::uint64_t bytes_in = 0;
  for (std::int64_t i = 0; i < 3; ++i) {
    tidegate_output raw = raw_output();
    raw.timestamp_ms = i;
    OutputPtr made = made_of(raw);
    bytes_in += made->bytes;
    outputs.push_back(std::move(made));
  }
  Outputs moved = std::move(outputs);
  EXPECT_TRUE(outputs.empty());  // NOLINT(bugprone-use-after-move): a slot fills it again
  outputs.push_back(made_of(raw_output()));
  EXPECT_EQ(outputs.size(), 1U);
  EXPECT_EQ(moved.size(), 3U);
  EXPECT_EQ(moved.bytes(), bytes_in);
  std::vector<std::int64_t> times;
  for (const Output& output : moved) times.push_back(output.timestamp_ms);
  EXPECT_EQ(times, (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(Outputs, AMillionOfOneCallAreFreedOneAfterTheOther) {
  Outputs outputs;
  for (int i = 0; i < 1'000'000; ++i) outputs.push_back(made_of(raw_output()));
  outputs.clear();
  EXPECT_TRUE(outputs.empty());
  EXPECT_EQ(outputs.bytes(), 0U);
}

}  // namespace
}  // namespace tidegate
