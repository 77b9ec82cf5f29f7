// SPDX-License-Identifier: Apache-2.0
//
// One member of the group: the poll thread and the loop it runs — settle what came back, commit
// what is due, mind the bounds, take a batch, dispatch it. Everything that touches the client
// happens here, between batches (invariant 4). The parts have files of their own; this is the order
// they work in. Thread rule: construct, start, join on [main]; request_stop, snapshot on [any]; the
// loop is [poll].
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "host/base/wakeup.hpp"
#include "host/consume/assignment.hpp"
#include "host/consume/client.hpp"
#include "host/consume/committer.hpp"
#include "host/consume/completions.hpp"
#include "host/consume/due_gate.hpp"
#include "host/consume/flow_control.hpp"
#include "host/consume/group_topics.hpp"
#include "host/consume/intake.hpp"
#include "host/consume/lag_probe.hpp"
#include "host/consume/late_starts.hpp"
#include "host/consume/passes.hpp"
#include "host/consume/publish.hpp"
#include "host/consume/stall_watch.hpp"
#include "host/consume/subscription.hpp"

namespace tidegate {

// What a consumer is given by its pipeline; all of it outlives the consumer.
struct ConsumerSetup {
  const config::Pipeline& pipeline;
  std::uint32_t index;  // among the pipeline's consumers
  Reads reads;
  const Clock& clock;
  ReadyQueue& slots;
  DispatchPolicy dispatch;
  FlowBounds bounds;
  GroupHistory& history;
  GroupTopics& topics;
  DeadLetterLimiter& limiter;
  PauseSwitch& pause;
  const CurrentPlugin& plugin;
  Duration lag_interval;
  Duration stalled_after;  // how long a partition may stand still without a reason
  std::function<void(MonotonicTime)>
      every_tick;  // called on [poll] about ten times a second; may be empty
};

class Consumer final : private ClientEvents {
 public:
  // Makes the client; no broker is contacted. Throws std::runtime_error.
  explicit Consumer(const ConsumerSetup& setup);
  // REQUIRES: never started, or joined.
  ~Consumer() override;

  void start();
  // Begins to drain, at most until the deadline; returns at once. May be asked for again, also
  // while it drains: of several deadlines the earliest holds. [any]
  void request_stop(MonotonicTime deadline);
  // The pause or the limiter have changed: looks at them now, not at the next tick. [any]
  void look_again() { wakeup_.notify(); }
  // Whether the poll thread has come to its end, or was never started; join() will not block then.
  // [any]
  [[nodiscard]] bool done() const;
  // Waits for that, at most until the time given. [any]
  [[nodiscard]] bool wait_done(MonotonicTime until) const;
  void join() { thread_ = {}; }
  // What its poll thread is at, for the log of a stop that does not come to its end. [any]
  [[nodiscard]] const char* doing() const { return doing_.load(std::memory_order_relaxed); }

  [[nodiscard]] metrics::ConsumerSnapshot snapshot() const { return publisher_.read(); }
  // Why it ended by itself; empty unless it did. REQUIRES: done(), and not to
  // be started.
  [[nodiscard]] const std::string& failure() const { return state_.failure; }

 private:
  static constexpr Duration kTick = std::chrono::milliseconds(100);

  void run();
  bool join_group();
  [[nodiscard]] bool learn_group();
  bool settle();
  void hold_or_go_on();
  void loop();
  void iterate();
  [[nodiscard]] Intake::Batch read();
  void close();
  void serve_client();
  void serve_events();
  void tick(MonotonicTime now);
  void look_at_plugin();
  void copy_out_what_waits(MonotonicTime now);
  void settle_until(MonotonicTime until);
  void sleep(MonotonicTime now, Committer::Load load);
  void publish();
  // The end of the clock where no stop was asked for.
  [[nodiscard]] MonotonicTime stop_deadline() const {
    return MonotonicTime{Duration(stop_deadline_ns_.load(std::memory_order_relaxed))};
  }
  [[nodiscard]] bool stopping() const {
    return stop_.load(std::memory_order_acquire) || !state_.failure.empty();
  }

  void on_rebalance(rd_kafka_resp_err_t error,
                    rd_kafka_topic_partition_list_t* partitions) override;
  void on_client_error(rd_kafka_resp_err_t error, const std::string& reason,
                       Severity severity) override;
  void on_brokers_connected(std::uint32_t count) override {
    state_.counts.brokers_connected = count;
  }

  const ConsumerSetup setup_;
  Wakeup wakeup_;
  CompletionQueue completions_;
  ConsumerState state_;
  kafka::Queue common_;  // the client's consumer queue
  FlowControl flow_;
  Committer committer_;
  TopicIds topic_ids_;
  StartPositions starts_;
  Assignment assignment_;
  LateStarts late_starts_;
  DueGate gate_;
  Passes passes_;
  std::unique_ptr<HeldWay> way_;
  Intake intake_;
  LagProbe lag_;
  StallWatch stalls_;
  Subscription subscription_;
  Publisher publisher_;
  std::map<rd_kafka_resp_err_t, log::RateLimit> client_errors_;  // of each

  std::size_t turn_ = 0;  // whose turn it is to be read
  bool news_ = false;     // something happened since the last picture
  bool held_ = true;      // no handler call starts; as before the first partition comes
  MonotonicTime next_tick_{};
  MonotonicTime next_slow_tick_{};
  MonotonicTime next_copying_{};
  MonotonicTime next_publish_{};
  std::atomic<const char*> doing_{"reads"};
  std::atomic<bool> stop_{false};
  std::atomic<std::int64_t> stop_deadline_ns_{MonotonicTime::max().time_since_epoch().count()};
  mutable Mutex done_mutex_;
  mutable CondVar done_changed_;
  bool done_ TIDEGATE_GUARDED_BY(done_mutex_) = true;
  std::jthread thread_;
};

}  // namespace tidegate
