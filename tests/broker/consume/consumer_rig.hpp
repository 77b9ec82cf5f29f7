// SPDX-License-Identifier: Apache-2.0
//
// Consumers and slots on a mock cluster, with a handler that is a function of the test. What was
// handled is kept; waiting is for a condition with a deadline. Thread rule: the test's thread; the
// handler runs on slots.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/consume/consumer.hpp"
#include "host/handle/slot.hpp"
#include "tests/fakes/look_again.hpp"
#include "tests/fakes/mock_kafka.hpp"

namespace tidegate::broker {

using Handler = std::function<tidegate_status(const tidegate_message&)>;
using Place = std::pair<std::int32_t, std::int64_t>;  // partition, offset
using Request = fakes::MockKafka::Request;

inline constexpr int kPartitions = 4;
inline constexpr std::chrono::seconds kPatience{30};

inline tidegate_status ok(const tidegate_message&) { return TIDEGATE_OK; }

// Waits until the condition holds; false when the deadline came first.
inline bool eventually(const std::function<bool()>& holds,
                       std::chrono::seconds deadline = std::chrono::seconds(60)) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (std::chrono::steady_clock::now() < until) {
    if (holds()) return true;
    fakes::look_again();
  }
  return holds();
}

inline config::Pipeline pipeline_on(const fakes::MockKafka& kafka, const std::string& topic) {
  config::Pipeline pipeline;
  pipeline.name = "p";
  pipeline.cluster.bootstrap_servers = {kafka.bootstrap()};
  pipeline.group_id = "g-" + topic;
  pipeline.topics = {topic};
  pipeline.start_offset.kind = config::StartOffset::Kind::earliest;
  pipeline.consumers = 1;
  pipeline.concurrency = 2;
  pipeline.drain_timeout = std::chrono::seconds(20);
  pipeline.max_in_flight_messages = 1000;
  pipeline.max_in_flight_bytes = 8 << 20;
  pipeline.batch.max_messages = 10;
  pipeline.commit.interval = std::chrono::milliseconds(200);
  pipeline.commit.max_messages = 10'000;
  pipeline.retry.mode = config::RetryMode::none;
  pipeline.dead_letter.enabled = false;
  pipeline.dead_letter.topic = pipeline.group_id + ".dlq";
  pipeline.dead_letter.max_ratio = 1;
  // The mock sleeps an empty fetch out, and waits for the session at every rebalance but the first.
  pipeline.consumer = {{"fetch.wait.max.ms", "10"},
                       {"session.timeout.ms", "2000"},
                       {"heartbeat.interval.ms", "200"}};
  return pipeline;
}

// Makes a group's own topics in the mock, with as many partitions as the tests' topics have.
class MockTopicAdmin final : public TopicAdmin {
 public:
  static constexpr std::int32_t kPartitions = 4;
  explicit MockTopicAdmin(fakes::MockKafka& kafka) : kafka_(kafka) {}
  [[nodiscard]] Result ensure(rd_kafka_t*, const OwnTopicsPlan& plan,
                              std::chrono::milliseconds) override {
    Result result;
    for (const OwnTopic& topic : plan.topics) {
      if (made_.insert(topic.name).second) kafka_.ensure_topic(topic.name, kPartitions);
      result.partitions[topic.name] = kPartitions;
    }
    return result;
  }

 private:
  fakes::MockKafka& kafka_;
  std::set<std::string> made_;
};

class Rig {
 public:
  // clock: the consumers'.
  Rig(fakes::MockKafka& kafka, config::Pipeline config, Handler handler,
      const Clock& clock = system_clock())
      : pipeline_(std::move(config)),
        handler_(std::move(handler)),
        admin_(kafka),
        topics_(pipeline_, admin_),
        limiter_(pipeline_.dead_letter.max_ratio, pipeline_.dead_letter.max_consecutive),
        pause_(pipeline_.consumers + 1) {
    policy_.unanswered = pipeline_.delivery == config::Delivery::at_most_once
                             ? CallPolicy::Unanswered::failed
                             : CallPolicy::Unanswered::attempt_again;
    if (pipeline_.retry.mode == config::RetryMode::in_place)
      policy_.waits = CallPolicy::Waits::on_failure;
    plugin_.set(std::make_shared<PluginVersion>(PluginVersion{1, "test", "1", "", 1}));
    for (std::uint32_t i = 0; i < pipeline_.concurrency; ++i) {
      slots_.push_back(std::make_unique<Slot>(kTable, this, policy_, system_clock()));
    }
    for (std::uint32_t i = 0; i <= pipeline_.consumers; ++i) {
      const Reads reads = i < pipeline_.consumers ? Reads::sources : Reads::retry_topics;
      const DispatchPolicy dispatch{.slots = pipeline_.concurrency,
                                    .max_chunks = 2 * pipeline_.concurrency};
      const FlowBounds bounds{pipeline_.max_in_flight_messages / pipeline_.consumers,
                              pipeline_.max_in_flight_bytes / pipeline_.consumers};
      consumers_.push_back(std::make_unique<Consumer>(ConsumerSetup{pipeline_,
                                                                    i,
                                                                    reads,
                                                                    clock,
                                                                    queue_,
                                                                    dispatch,
                                                                    bounds,
                                                                    history_,
                                                                    topics_,
                                                                    limiter_,
                                                                    pause_,
                                                                    plugin_,
                                                                    std::chrono::milliseconds(200),
                                                                    std::chrono::seconds(2),
                                                                    {}}));
    }
    for (auto& slot : slots_) {
      threads_.emplace_back([this, &slot] {
        while (Chunk* chunk = queue_.pop()) {
          chunk->plugin = plugin_.get();
          slot->work(*chunk);
        }
      });
    }
    for (auto& consumer : consumers_) consumer->start();
  }
  ~Rig() {
    stop(std::chrono::seconds(30));
    queue_.close();
    threads_.clear();
  }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  void request_stop(std::chrono::seconds patience) {
    for (auto& consumer : consumers_) consumer->request_stop(system_clock().now() + patience);
  }
  // Drains and leaves the group; returns when the poll threads have ended.
  void stop(std::chrono::seconds patience) {
    request_stop(patience);
    for (auto& consumer : consumers_) {
      (void)consumer->wait_done(system_clock().now() + 2 * patience);
      consumer->join();
    }
  }

  // As an operator does; true when no call starts any more.
  [[nodiscard]] bool pause(std::chrono::seconds patience) {
    pause_.pause();
    wake();
    return pause_.wait_held(system_clock().now() + patience);
  }
  void resume() {
    pause_.resume();
    limiter_.resume();
    wake();
  }

  [[nodiscard]] metrics::ConsumerSnapshot snapshot() const {
    metrics::ConsumerSnapshot totals;
    for (const auto& consumer : consumers_) metrics::add(totals, consumer->snapshot());
    return totals;
  }
  // How often each message was handled.
  [[nodiscard]] std::map<Place, int> handled() const {
    MutexLock lock(mutex_);
    return handled_;
  }
  [[nodiscard]] std::size_t handled_count() const { return handled_calls_.load(); }
  // Whether every poll thread that reads the topic has ended, by itself or because it was told to.
  [[nodiscard]] bool ended() const {
    return std::all_of(consumers_.begin(), consumers_.end() - 1,
                       [](const auto& c) { return c->done(); });
  }
  // The same of the one that reads the retry topics.
  [[nodiscard]] bool retries_ended() const { return consumers_.back()->done(); }
  // REQUIRES: ended().
  [[nodiscard]] const std::string& failure() const { return consumers_.front()->failure(); }

 private:
  void wake() {
    for (auto& consumer : consumers_) consumer->look_again();
  }
  static tidegate_status handle(void* self, const tidegate_message* message, tidegate_result*) {
    auto& rig = *static_cast<Rig*>(self);
    const tidegate_status status = rig.handler_(*message);
    {
      MutexLock lock(rig.mutex_);
      ++rig.handled_[{message->partition, message->offset}];
    }
    ++rig.handled_calls_;
    return status;
  }
  static constexpr tidegate_plugin kTable{
      sizeof(tidegate_plugin), 0, nullptr, nullptr, handle, nullptr, nullptr};

  const config::Pipeline pipeline_;
  const Handler handler_;
  CallPolicy policy_;
  mutable Mutex mutex_;
  std::map<Place, int> handled_ TIDEGATE_GUARDED_BY(mutex_);
  std::atomic<std::size_t> handled_calls_{0};
  ReadyQueue queue_;
  GroupHistory history_;
  MockTopicAdmin admin_;
  GroupTopics topics_;
  DeadLetterLimiter limiter_;
  PauseSwitch pause_;
  CurrentPlugin plugin_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::unique_ptr<Consumer>> consumers_;
  std::vector<std::jthread> threads_;
};

}  // namespace tidegate::broker
