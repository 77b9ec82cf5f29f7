// SPDX-License-Identifier: Apache-2.0
//
// Which topic is behind a name: one that is deleted and made again has another id, and offsets that
// begin anew. The client goes on at the old offset in the new log without a word, so the brokers
// are asked, at each assignment and regularly. And the group's last position may be written after
// the deletion; so a position that is committed says whose it is (track/commit_metadata.hpp).
// Thread rule: [poll] of the owning consumer.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/consume/consumer_state.hpp"

namespace tidegate {

class TopicIds {
 public:
  // interval: between two questions.
  TopicIds(ConsumerState& state, Duration interval) : state_(state), interval_(interval) {}

  struct Answer {
    std::set<std::string> told;       // those whose id is known now
    std::set<std::string> made_anew;  // those with another id than when they were last asked about
  };
  // Asks about topics and waits for the answer; an empty one where the brokers do not answer.
  [[nodiscard]] Answer ask_now(const std::set<std::string>& topics,
                               std::chrono::milliseconds timeout);
  // Which topic a committed position is one in: the one that has the name now? committed_in: as the
  // position says. With at_most_once each counts as one of this topic, because nothing may come
  // twice.
  enum class Topic : std::uint8_t { this_one, an_earlier_one, unknown };
  [[nodiscard]] Topic topic_of(const std::string& name, TopicId committed_in,
                               const Answer& answer) const;
  // Asks about topics from time to time, without waiting: the answer is an event of the client's.
  void tick(MonotonicTime now, const std::vector<std::string>& topics);
  void answered(rd_kafka_event_t* event) {
    asking_ = false;
    (void)learn(event);
  }
  // Logs that the topic is another one now; once of each.
  void tell(const std::string& topic);
  // Partitions that are owned and were begun in a topic that is no more.
  [[nodiscard]] std::vector<PartitionEpochPtr> take_made_anew() {
    return std::exchange(made_anew_, {});
  }

 private:
  void ask(const std::vector<std::string>& topics, std::chrono::milliseconds timeout,
           rd_kafka_queue_t* answers) const;
  [[nodiscard]] Answer learn(rd_kafka_event_t* event);

  ConsumerState& state_;
  const Duration interval_;
  std::map<std::string, TopicId> told_;
  std::vector<PartitionEpochPtr> made_anew_;
  MonotonicTime next_{};
  bool asking_ = false;
};

}  // namespace tidegate
