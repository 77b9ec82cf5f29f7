// SPDX-License-Identifier: Apache-2.0
//
// What the tests of failures share: a pipeline that retries within a tenth of a second, and a log
// of attempts. Thread rule: Attempts is [any]; all else is the test's thread.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "tests/broker/consume/consumer_rig.hpp"
#include "tests/fakes/topic_io.hpp"

namespace tidegate::broker {

using std::chrono::milliseconds;

// One handler call as the handler saw it.
struct Attempt {
  std::string topic;
  std::uint32_t number;
  std::int64_t timestamp_ms;
  std::chrono::steady_clock::time_point at;
};

class Attempts {
 public:
  // [slot]
  void note(const tidegate_message& message) {
    MutexLock lock(mutex_);
    of_[{message.partition, message.offset}].push_back(
        {std::string(static_cast<const char*>(message.topic.data), message.topic.size),
         message.attempt, message.timestamp_ms, std::chrono::steady_clock::now()});
    order_.push_back({message.partition, message.offset});
  }
  [[nodiscard]] std::map<Place, std::vector<Attempt>> all() const {
    MutexLock lock(mutex_);
    return of_;
  }
  // Of one message, in order of time.
  [[nodiscard]] std::vector<Attempt> of(Place place) const {
    const auto known = all();
    const auto at = known.find(place);
    return at == known.end() ? std::vector<Attempt>{} : at->second;
  }
  // All calls in order of time.
  [[nodiscard]] std::vector<Place> order() const {
    MutexLock lock(mutex_);
    return order_;
  }

 private:
  mutable Mutex mutex_;
  std::map<Place, std::vector<Attempt>> of_ TIDEGATE_GUARDED_BY(mutex_);
  std::vector<Place> order_ TIDEGATE_GUARDED_BY(mutex_);
};

// Two retries after 100 ms each, then the dead letter.
inline config::Pipeline retrying_on(const fakes::MockKafka& kafka, const std::string& topic) {
  config::Pipeline pipeline = pipeline_on(kafka, topic);
  pipeline.retry.mode = config::RetryMode::topic;
  pipeline.retry.max_retries = 2;
  pipeline.retry.delays = {milliseconds(100)};
  pipeline.dead_letter.enabled = true;
  pipeline.producer = {{"linger.ms", "0"}};
  return pipeline;
}

// A failure goes straight to the dead letter.
inline config::Pipeline dead_lettering_on(const fakes::MockKafka& kafka, const std::string& topic) {
  config::Pipeline pipeline = retrying_on(kafka, topic);
  pipeline.retry.mode = config::RetryMode::none;
  return pipeline;
}

inline void fill(fakes::MockKafka& kafka, const std::string& topic, int per_partition,
                 int partitions = 1) {
  kafka.ensure_topic(topic, partitions);
  for (int i = 0; i < per_partition; ++i) {
    for (int p = 0; p < partitions; ++p)
      kafka.produce(topic, p, "k" + std::to_string(i), std::to_string(i));
  }
  kafka.flush();
}

// Invariant 5 in one snapshot.
inline void expect_books_add_up(const metrics::ConsumerSnapshot& snapshot) {
  const auto sum = [](const auto& terms) {
    return std::accumulate(terms.begin(), terms.end(), std::uint64_t{0});
  };
  for (const auto& topic : snapshot.topics) {
    EXPECT_EQ(topic.consumed, sum(topic.finished) + sum(topic.given_back) + topic.in_flight)
        << topic.topic;
  }
}

// How many messages of all topics ended so.
inline std::uint64_t ended(const metrics::ConsumerSnapshot& snapshot, Outcome outcome) {
  std::uint64_t total = 0;
  for (const auto& topic : snapshot.topics)
    total += topic.finished[static_cast<std::size_t>(outcome)];
  return total;
}

inline std::uint32_t paused(const metrics::ConsumerSnapshot& snapshot,
                            metrics::PauseReason reason) {
  return snapshot.paused_partitions[static_cast<std::size_t>(reason)];
}

// Copies to retry topics and dead letters are refused so often.
inline void refuse_copies(fakes::MockKafka& kafka, rd_kafka_resp_err_t error, std::size_t times) {
  constexpr auto kProduce = static_cast<fakes::MockKafka::Request>(0);
  kafka.fail(kProduce, error, times);
}

}  // namespace tidegate::broker
