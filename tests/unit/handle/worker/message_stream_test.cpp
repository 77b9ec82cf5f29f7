// SPDX-License-Identifier: Apache-2.0
//
// Messages as a worker's slot finds them: nothing is lost or changed on the way.
#include "host/handle/worker/message_stream.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "host/dispatch/lane.hpp"
#include "host/handle/worker/worker_memory.hpp"

namespace tidegate {
namespace {

// Brings what the test has written behind the run, once.
class FakeHost final : public kafka::LateHeaders {
 public:
  explicit FakeHost(std::function<void()> bring) : bring_(std::move(bring)) {}
  void bring() noexcept override {
    if (asked++ == 0) bring_();
  }
  int asked = 0;

 private:
  const std::function<void()> bring_;
};

class MessageStreamTest : public ::testing::Test {
 protected:
  MessageStreamTest() : memory(1, "{}") {
    source.topic = "orders";
    source.partition = Partition{3};
  }

  static Item item(std::int64_t offset, std::string_view key, std::string_view value,
                   Lane* lane = nullptr) {
    Item made;
    made.message = kafka::HeldMessage::copy_of(key, value, 1'700'000'000'000 + offset);
    made.offset = Offset{offset};
    made.lane = lane;
    return made;
  }

  // Messages with one header each, in `sent`, and written without it. Returns how large the run is.
  std::size_t write_without_headers(const std::vector<std::string>& values) {
    MessageWriter out(memory.messages(0), source, MessageWriter::WithHeaders::later);
    for (const std::string& value : values) {
      Item one = item(1, "k", "v");
      rd_kafka_headers_t* const headers = rd_kafka_headers_new(1);
      (void)rd_kafka_header_add(headers, "name", -1, value.data(),
                                static_cast<ssize_t>(value.size()));
      one.message.set_headers(headers);
      sent.items.push_back(std::move(one));
      EXPECT_TRUE(out.add(sent.items.back()));
    }
    return out.finish();
  }

  // The value of its one header; empty: there is none.
  static std::string header_of(const Item& read, rd_kafka_resp_err_t expected) {
    rd_kafka_headers_t* headers = nullptr;
    EXPECT_EQ(read.message.headers(&headers), expected);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (headers == nullptr ||
        rd_kafka_header_get_all(headers, 0, &name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return {};
    return {static_cast<const char*>(value), size};
  }

  WorkerMemory memory;
  PartitionSource source;
  Chunk sent;
  MessageRoom room;
  FakeHost late{[this] { room.read_late_headers(memory.messages(0)); }};
  Chunk chunk;
};

TEST_F(MessageStreamTest, BytesAbsenceAndPlacesArrive) {
  MessageWriter out(memory.messages(0), source, MessageWriter::WithHeaders::now);
  ASSERT_TRUE(out.add(item(7, std::string_view("a\0b", 3), "")));
  ASSERT_TRUE(out.add(item(9, {}, "v")));
  out.finish();
  ASSERT_TRUE(room.read(memory.messages(0), chunk, late));
  EXPECT_EQ(chunk.source->topic, "orders");
  EXPECT_EQ(chunk.source->partition, Partition{3});
  ASSERT_EQ(chunk.items.size(), 2U);
  EXPECT_EQ(chunk.items[0].offset, Offset{7});
  EXPECT_EQ(chunk.items[0].message.key(), std::string_view("a\0b", 3));
  EXPECT_NE(chunk.items[0].message.value().data(), nullptr) << "empty is not absent";
  EXPECT_EQ(chunk.items[1].message.key().data(), nullptr) << "absent is not empty";
  EXPECT_EQ(chunk.items[1].message.value(), "v");
  EXPECT_EQ(chunk.items[1].message.timestamp_ms(), 1'700'000'000'009);
}

TEST_F(MessageStreamTest, MessagesOfALaneStayInOneAndOthersApart) {
  Lane a;
  Lane b;
  MessageWriter out(memory.messages(0), source, MessageWriter::WithHeaders::now);
  for (Lane* lane : {&a, &a, &b}) ASSERT_TRUE(out.add(item(1, "k", "v", lane)));
  ASSERT_TRUE(out.add(item(1, "k", "v")));
  out.finish();
  ASSERT_TRUE(room.read(memory.messages(0), chunk, late));
  EXPECT_NE(chunk.items[0].lane, nullptr);
  EXPECT_EQ(chunk.items[0].lane, chunk.items[1].lane);
  EXPECT_NE(chunk.items[1].lane, chunk.items[2].lane);
  EXPECT_EQ(chunk.items[3].lane, nullptr);
}

TEST_F(MessageStreamTest, WhereAMessageOfARetryTopicCameFromArrives) {
  Item one = item(5, "k", "v");
  kafka::Origin origin;
  origin.topic = "source";
  origin.partition = Partition{2};
  origin.offset = Offset{99};
  origin.attempts = 2;
  origin.crashes = 1;
  one.message.set_origin(std::make_unique<kafka::Origin>(origin));
  MessageWriter out(memory.messages(0), source, MessageWriter::WithHeaders::now);
  ASSERT_TRUE(out.add(one));
  out.finish();
  ASSERT_TRUE(room.read(memory.messages(0), chunk, late));
  const kafka::Origin* const read = chunk.items[0].message.origin();
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->topic, "source");
  EXPECT_EQ(read->offset, Offset{99});
  EXPECT_EQ(read->attempts, 2U);
  EXPECT_EQ(read->crashes, 1U);
}

TEST_F(MessageStreamTest, HeadersArriveInRunsOfAnyLength) {
  kafka::BorrowedMessage parts{};
  parts.headers = rd_kafka_headers_new(1);
  (void)rd_kafka_header_add(parts.headers, "name", -1, "a\0b", 3);
  for (const int count : {3, 1, 2}) {
    MessageWriter out(memory.messages(0), source, MessageWriter::WithHeaders::now);
    Item one;
    one.message = kafka::HeldMessage::borrow(parts);
    for (int i = 0; i < count; ++i) ASSERT_TRUE(out.add(one));
    out.finish();
    ASSERT_TRUE(room.read(memory.messages(0), chunk, late));
    ASSERT_EQ(chunk.items.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(header_of(chunk.items.back(), RD_KAFKA_RESP_ERR_NO_ERROR), std::string("a\0b", 3));
  }
  EXPECT_EQ(late.asked, 0);
  rd_kafka_headers_destroy(parts.headers);
}

TEST_F(MessageStreamTest, LateHeadersAreThoseOfTheirMessages) {
  const std::vector<std::string> values = {"a", "", std::string("b\0c", 3)};
  const std::size_t size = write_without_headers(values);
  ASSERT_TRUE(room.read(memory.messages(0), chunk, late));
  EXPECT_GT(write_late_headers(memory.messages(0), size, sent, std::array{0U, 1U, 2U}), 0U);
  EXPECT_EQ(late.asked, 0) << "nobody has looked at them";
  for (std::size_t i : {2U, 0U, 1U})
    EXPECT_EQ(header_of(chunk.items[i], RD_KAFKA_RESP_ERR_NO_ERROR), values[i]);
}

TEST_F(MessageStreamTest, LateHeadersThatHaveNoRoomAreAnErrorOfTheirMessageAndThoseBehindIt) {
  const std::string large(kMessageAreaBytes / 2, 'x');
  const std::size_t size = write_without_headers({"a", large, large, "b"});
  ASSERT_TRUE(room.read(memory.messages(0), chunk, late));
  EXPECT_LT(write_late_headers(memory.messages(0), size, sent, std::array{0U, 1U, 2U, 3U}),
            kMessageAreaBytes - size);
  EXPECT_EQ(header_of(chunk.items[0], RD_KAFKA_RESP_ERR_NO_ERROR), "a");
  EXPECT_EQ(header_of(chunk.items[1], RD_KAFKA_RESP_ERR_NO_ERROR), large);
  for (std::size_t i : {2U, 3U})
    EXPECT_EQ(header_of(chunk.items[i], RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), "");
}

TEST_F(MessageStreamTest, WhatHasNoRoomIsNotWritten) {
  MessageWriter out(memory.messages(0), source, MessageWriter::WithHeaders::now);
  ASSERT_TRUE(out.add(item(1, "k", "v")));
  const std::string large(kMessageAreaBytes, 'x');
  EXPECT_FALSE(out.add(item(2, "k", large)));
  ASSERT_TRUE(out.add(item(3, "k", "w")));
  out.finish();
  ASSERT_TRUE(room.read(memory.messages(0), chunk, late));
  ASSERT_EQ(chunk.items.size(), 2U);
  EXPECT_EQ(chunk.items[1].offset, Offset{3});
}

}  // namespace
}  // namespace tidegate
