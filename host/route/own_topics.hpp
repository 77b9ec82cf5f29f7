// SPDX-License-Identifier: Apache-2.0
//
// Makes a group's retry topics and its dead letter where they are missing, and checks them where
// they are there (DESIGN §5). It stands behind an interface because the mock cluster can do
// neither. Thread rule: [any]; ensure blocks, and pipelines take turns.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "host/base/kafka/handles.hpp"
#include "host/base/mutex.hpp"
#include "host/route/topic_configs.hpp"

namespace tidegate {

struct OwnTopicsPlan {
  // What the pipeline consumes: partitions, retention and max.message.bytes are theirs.
  std::vector<std::string> sources;
  std::vector<OwnTopic> topics;
  bool create = true;                    // false: a missing topic is a problem
  std::int32_t replication_factor = -1;  // -1: the broker's default
};

class TopicAdmin {
 public:
  struct Result {
    // Empty: all topics are there and fit. Else the topic, what is wrong, and the cure: a command
    // to paste, with <broker> left to fill in.
    std::string problem;
    // Asking again may help: no answer, a leader election, topics that are just being made.
    bool temporary = false;
    std::map<std::string, std::int32_t> partitions;  // of each own topic, without a problem
  };

  virtual ~TopicAdmin() = default;
  // Creates what is missing (where plan.create) and checks what is there. Idempotent. Blocks for at
  // most about `timeout` (up to an hour). REQUIRES: `client` is a consumer or producer and outlives
  // the call; no two of plan.topics have one name, and none is a source.
  [[nodiscard]] virtual Result ensure(rd_kafka_t* client, const OwnTopicsPlan& plan,
                                      std::chrono::milliseconds timeout) = 0;
};

// One request of the admin API and its answer. The queue is its own, so that an answer that comes
// late is never taken for that of the next request. REQUIRES: `client` outlives it.
class AdminCall {
 public:
  AdminCall(rd_kafka_t* client, rd_kafka_admin_op_t operation, std::chrono::milliseconds timeout)
      : queue_(rd_kafka_queue_new(client)),
        options_(rd_kafka_AdminOptions_new(client, operation)),
        timeout_ms_(static_cast<int>(timeout.count())) {
    char text[256];
    // Can only fail for a timeout of more than an hour.
    (void)rd_kafka_AdminOptions_set_request_timeout(options_.get(), timeout_ms_, text, sizeof text);
  }
  // For the request.
  [[nodiscard]] rd_kafka_AdminOptions_t* options() const { return options_.get(); }
  [[nodiscard]] rd_kafka_queue_t* answers() const { return queue_.get(); }
  // Blocks until the answer is here, and returns its error; once, after the request. At the timeout
  // librdkafka answers by itself, with a better reason than ours, so a little longer is waited.
  [[nodiscard]] rd_kafka_resp_err_t wait() {
    constexpr int kGraceMs = 200;
    event_.reset(rd_kafka_queue_poll(queue_.get(), timeout_ms_ + kGraceMs));
    return event_ ? rd_kafka_event_error(event_.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
  }
  [[nodiscard]] std::string reason() const {
    return event_ ? rd_kafka_event_error_string(event_.get()) : "no answer in time";
  }
  // REQUIRES: wait() returned no error. Valid as long as this object.
  [[nodiscard]] rd_kafka_event_t* event() const { return event_.get(); }

 private:
  kafka::Queue queue_;
  kafka::AdminOptions options_;
  int timeout_ms_;
  kafka::Event event_;  // dies before its queue
};

// By librdkafka's admin API, over a queue of its own: it takes nothing from the client's queues.
class KafkaTopicAdmin final : public TopicAdmin {
 public:
  [[nodiscard]] Result ensure(rd_kafka_t* client, const OwnTopicsPlan& plan,
                              std::chrono::milliseconds timeout) override;

 private:
  Mutex mutex_;  // one pipeline after the other
  // A caller asks again while a problem is temporary; each of these is logged once.
  std::set<std::string> warned_ TIDEGATE_GUARDED_BY(mutex_);
};

}  // namespace tidegate
