// SPDX-License-Identifier: Apache-2.0
//
// Messages as a worker's slot finds them: nothing is lost or changed on the way.
#include "host/handle/worker/message_stream.hpp"

#include <gtest/gtest.h>

#include "host/dispatch/lane.hpp"
#include "host/handle/worker/worker_memory.hpp"

namespace tidegate {
namespace {

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

  WorkerMemory memory;
  PartitionSource source;
  MessageRoom room;
  Chunk chunk;
};

TEST_F(MessageStreamTest, BytesAbsenceAndPlacesArrive) {
  MessageWriter out(memory.messages(0), source);
  ASSERT_TRUE(out.add(item(7, std::string_view("a\0b", 3), "")));
  ASSERT_TRUE(out.add(item(9, {}, "v")));
  out.finish();
  ASSERT_TRUE(room.read(memory.messages(0), chunk));
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
  MessageWriter out(memory.messages(0), source);
  for (Lane* lane : {&a, &a, &b}) ASSERT_TRUE(out.add(item(1, "k", "v", lane)));
  ASSERT_TRUE(out.add(item(1, "k", "v")));
  out.finish();
  ASSERT_TRUE(room.read(memory.messages(0), chunk));
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
  MessageWriter out(memory.messages(0), source);
  ASSERT_TRUE(out.add(one));
  out.finish();
  ASSERT_TRUE(room.read(memory.messages(0), chunk));
  const kafka::Origin* const read = chunk.items[0].message.origin();
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->topic, "source");
  EXPECT_EQ(read->offset, Offset{99});
  EXPECT_EQ(read->attempts, 2U);
  EXPECT_EQ(read->crashes, 1U);
}

TEST_F(MessageStreamTest, HeadersArriveInRunsOfAnyLength) {
  kafka::MessageCopy parts{};
  parts.headers = rd_kafka_headers_new(1);
  (void)rd_kafka_header_add(parts.headers, "name", -1, "a\0b", 3);
  for (const int count : {3, 1, 2}) {
    MessageWriter out(memory.messages(0), source);
    Item one;
    one.message = kafka::HeldMessage::borrow(parts);
    for (int i = 0; i < count; ++i) ASSERT_TRUE(out.add(one));
    out.finish();
    ASSERT_TRUE(room.read(memory.messages(0), chunk));
    ASSERT_EQ(chunk.items.size(), static_cast<std::size_t>(count));
    rd_kafka_headers_t* headers = nullptr;
    ASSERT_EQ(chunk.items.back().message.headers(&headers), RD_KAFKA_RESP_ERR_NO_ERROR);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    ASSERT_EQ(rd_kafka_header_get_all(headers, 0, &name, &value, &size),
              RD_KAFKA_RESP_ERR_NO_ERROR);
    EXPECT_STREQ(name, "name");
    EXPECT_EQ(size, 3U);
  }
  rd_kafka_headers_destroy(parts.headers);
}

TEST_F(MessageStreamTest, WhatHasNoRoomIsNotWritten) {
  MessageWriter out(memory.messages(0), source);
  ASSERT_TRUE(out.add(item(1, "k", "v")));
  const std::string large(kMessageAreaBytes, 'x');
  EXPECT_FALSE(out.add(item(2, "k", large)));
  ASSERT_TRUE(out.add(item(3, "k", "w")));
  out.finish();
  ASSERT_TRUE(room.read(memory.messages(0), chunk));
  ASSERT_EQ(chunk.items.size(), 2U);
  EXPECT_EQ(chunk.items[1].offset, Offset{3});
}

}  // namespace
}  // namespace tidegate
