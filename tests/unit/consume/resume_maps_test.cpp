// SPDX-License-Identifier: Apache-2.0
//
// Resume maps in the lists that commits send. What brokers say to them is in tests/e2e.
#include "host/consume/resume_maps.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "host/consume/epoch_life.hpp"
#include "tests/fakes/lonely_consumer.hpp"

namespace tidegate {
namespace {

config::Pipeline pipeline_with(config::Delivery delivery) {
  config::Pipeline pipeline;
  pipeline.name = "p";
  pipeline.group_id = "g";
  pipeline.delivery = delivery;
  return pipeline;
}

class ResumeMapsTest : public ::testing::Test, protected fakes::LonelyConsumer {
 protected:
  explicit ResumeMapsTest(config::Delivery delivery = config::Delivery::at_least_once)
      : LonelyConsumer(pipeline_with(delivery)) {
    state.cluster_id = "c";
  }

  // A partition whose first message is unfinished and of whose others a coin decides.
  PartitionEpochPtr half_finished(std::int32_t number, std::int64_t messages) {
    PartitionEpochPtr epoch = begin_epoch(state, "t", Partition{number}, Position{0});
    (void)epoch->ownership.begin();
    epoch->tracker.add(Offset{0}, Offset{messages - 1}, -1);
    for (std::int64_t offset = 1; offset < messages; ++offset) {
      if ((random() & 1U) != 0) epoch->tracker.finish(Offset{offset}, Offset{offset});
    }
    return epoch;
  }
  // What a commit of these partitions would send.
  kafka::PartitionList commit(std::vector<SentPosition>& sent) {
    kafka::PartitionList list = kafka::make_list(0);
    for (const SentPosition& one : sent) {
      rd_kafka_topic_partition_list_add(list.get(), "t", one.epoch->partition.value)->offset =
          one.position.value;
    }
    maps.add_to(*list, sent);
    return list;
  }
  static SentPosition sent_of(const PartitionEpochPtr& epoch) {
    return {epoch, epoch->tracker.position(), {}};
  }
  FinishedRanges read(const rd_kafka_topic_partition_t& committed) {
    return read_resume_map(
        state, {committed.topic, committed.partition},
        {committed.offset,
         std::string(static_cast<const char*>(committed.metadata), committed.metadata_size)});
  }

  std::mt19937 random{1};
  ResumeMaps maps{state};
};

TEST_F(ResumeMapsTest, TheNextOwnerReadsWhatTheLastOneFinished) {
  const auto epoch = half_finished(0, 1000);
  EXPECT_TRUE(maps.changed(*epoch));
  std::vector<SentPosition> sent{sent_of(epoch)};
  const kafka::PartitionList list = commit(sent);
  EXPECT_EQ(read(list->elems[0]), epoch->tracker.finished_ranges());
  EXPECT_EQ(sent[0].map.messages, epoch->tracker.finished_ahead());
  EXPECT_EQ(sent[0].map.possible_repeats, 0U);
  epoch->committed_map = sent[0].map;
  EXPECT_FALSE(maps.changed(*epoch)) << "committed";
  EXPECT_EQ(state.counts.metadata_ignored, 0U);
}

TEST_F(ResumeMapsTest, APositionWithNothingFinishedAboveItHasNoMetadata) {
  const auto epoch = begin_epoch(state, "t", Partition{0}, Position{7});
  std::vector<SentPosition> sent{sent_of(epoch)};
  const kafka::PartitionList list = commit(sent);
  EXPECT_EQ(list->elems[0].metadata_size, 0U);
  EXPECT_EQ(read(list->elems[0]), FinishedRanges{});
}

TEST_F(ResumeMapsTest, ForeignMetadataIsIgnoredAndCounted) {
  EXPECT_EQ(read_resume_map(state, {"t", 0}, {5, "somebody else's"}), FinishedRanges{});
  EXPECT_EQ(state.counts.metadata_ignored, 1U);
}

TEST_F(ResumeMapsTest, WhatFindsNoRoomIsCountedAsPossibleRepeats) {
  const auto epoch = half_finished(0, 200'000);
  std::vector<SentPosition> sent{sent_of(epoch)};
  const kafka::PartitionList list = commit(sent);
  EXPECT_GT(sent[0].map.messages, 24'500U) << "finished, in the usual 4,096 characters";
  EXPECT_GT(sent[0].map.possible_repeats, 0U);
  EXPECT_EQ(sent[0].map.messages + sent[0].map.possible_repeats, epoch->tracker.finished_ahead());
  const FinishedRanges kept = read(list->elems[0]);
  const FinishedRanges all = epoch->tracker.finished_ranges();
  EXPECT_TRUE(std::equal(kept.begin(), kept.end(), all.begin()));
}

TEST_F(ResumeMapsTest, SaysLessWhenTheBrokersRefuseItsSizeAndNothingAtLast) {
  const auto epoch = half_finished(0, 200'000);
  std::uint64_t told = epoch->tracker.finished_ahead();
  for (int refusals = 0; refusals < 13; ++refusals) {
    std::vector<SentPosition> sent{sent_of(epoch)};
    (void)commit(sent);
    EXPECT_LT(sent[0].map.messages, told) << refusals;
    told = sent[0].map.messages;
    if (told == 0) break;
    maps.refused(RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE);
  }
  EXPECT_EQ(told, 0U);
}

TEST_F(ResumeMapsTest, ACommitOfManyPartitionsStaysBelowWhatABrokerWritesAtOnce) {
  constexpr std::size_t kMostBytes = 600'000;
  std::vector<SentPosition> sent;
  sent.push_back(sent_of(half_finished(0, 100)));
  const PartitionEpochPtr large = half_finished(1, 70'000);
  sent.push_back(sent_of(large));
  for (std::int32_t i = 2; i < 100; ++i) {
    const PartitionEpochPtr as_large = half_finished(i, 2);
    as_large->tracker = large->tracker;
    sent.push_back(sent_of(as_large));
  }
  kafka::PartitionList list = commit(sent);
  std::size_t bytes = 0;
  for (int i = 0; i < list->cnt; ++i) {
    bytes += list->elems[i].metadata_size;
    EXPECT_FALSE(read(list->elems[i]).empty());
  }
  EXPECT_LT(bytes, kMostBytes);
  EXPECT_GT(bytes, kMostBytes / 2) << "the room is used";
  EXPECT_EQ(read(list->elems[0]), sent[0].epoch->tracker.finished_ranges())
      << "a small one is whole";
  maps.refused(RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE);
  list = commit(sent);
  std::size_t fewer = 0;
  for (int i = 0; i < list->cnt; ++i) fewer += list->elems[i].metadata_size;
  EXPECT_LT(fewer, bytes * 6 / 10);
}

class NoResumeMapsTest : public ResumeMapsTest,
                         public ::testing::WithParamInterface<config::Delivery> {
 protected:
  NoResumeMapsTest() : ResumeMapsTest(GetParam()) {}
};

TEST_P(NoResumeMapsTest, NeitherWritesNorReadsThem) {
  const auto epoch = half_finished(0, 1000);
  EXPECT_FALSE(maps.changed(*epoch));
  std::vector<SentPosition> sent{sent_of(epoch)};
  const kafka::PartitionList list = commit(sent);
  EXPECT_EQ(list->elems[0].metadata_size, 0U);
  EXPECT_EQ(read_resume_map(state, {"t", 0}, {5, "somebody else's"}), FinishedRanges{});
  EXPECT_EQ(state.counts.metadata_ignored, 0U);
}

INSTANTIATE_TEST_SUITE_P(Deliveries, NoResumeMapsTest,
                         ::testing::Values(config::Delivery::at_most_once,
                                           config::Delivery::exactly_once));

}  // namespace
}  // namespace tidegate
