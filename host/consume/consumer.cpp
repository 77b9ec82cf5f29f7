// SPDX-License-Identifier: Apache-2.0
#include "host/consume/consumer.hpp"

#include <algorithm>

#include "host/base/config/consumer_properties.hpp"
#include "host/base/kafka/rights.hpp"
#include "host/base/log.hpp"
#include "host/base/thread_name.hpp"

namespace tidegate {
namespace {

constexpr Duration kBetweenPictures = std::chrono::milliseconds(10);
// What is read in one round, or a little more: what comes of it is to be handed out soon.
constexpr std::uint64_t kRound = 2'000;
constexpr std::uint32_t kServed = 100;  // errors at a time
// While brokers are away the client tells the same errors several times a second.
constexpr std::uint32_t kLinesOfAnError = 3;
constexpr Duration kForAnError = std::chrono::seconds(10);

}  // namespace

Consumer::Consumer(const ConsumerSetup& setup)
    : setup_(setup),
      completions_(wakeup_),
      state_(setup.pipeline, setup.index, setup.reads, setup.clock,
             make_client(config::consumer_properties(setup.pipeline, setup.index), *this),
             setup.dispatch, setup.slots, completions_, setup.limiter, setup.pause),
      common_(rd_kafka_queue_get_consumer(state_.client.get())),
      flow_(state_, setup.bounds),
      committer_(state_),
      topic_ids_(state_, setup.lag_interval),
      starts_(state_, setup.history, topic_ids_),
      assignment_(
          state_, committer_, starts_,
          {[this] { return stop_deadline(); }, [this](MonotonicTime until) { settle_until(until); },
           [this] { serve_client(); }, [this] { publish(); },
           [this](PartitionEpoch& epoch) { way_->give_back_waiting(epoch); },
           [this](const PartitionEpoch& epoch) { return way_->drains(epoch); }}),
      late_starts_(state_, starts_, [this] { intake_.serve(1); }),
      gate_(state_),
      passes_(state_, setup.bounds.bytes),
      way_(make_held_way(state_, {setup.pipeline.name, setup.pipeline.group_id},
                         setup.bounds.messages, wakeup_)),
      intake_(state_, common_.get(), wakeup_, gate_, *way_),
      lag_(state_, setup.lag_interval),
      stalls_(state_, setup.stalled_after),
      subscription_(state_) {
  look_at_plugin();
  state_.dispatcher.hold(held_, setup.clock.now());
  let_wake(common_.get(), wakeup_);
  let_wake(state_.events.get(), wakeup_);
}

Consumer::~Consumer() = default;

void Consumer::start() {
  const MutexLock starting(done_mutex_);  // where there is no thread to be had, it is still done
  thread_ = std::jthread([this] {
    set_thread_name("poll-" + std::to_string(setup_.index));
    run();
    {
      MutexLock lock(done_mutex_);
      done_ = true;
    }
    done_changed_.notify_all();
  });
  done_ = false;
}

bool Consumer::done() const {
  MutexLock lock(done_mutex_);
  return done_;
}

bool Consumer::wait_done(MonotonicTime until) const {
  MutexLock lock(done_mutex_);
  return done_changed_.wait_until(done_mutex_, until,
                                  [this]() TIDEGATE_REQUIRES(done_mutex_) { return done_; });
}

void Consumer::request_stop(MonotonicTime deadline) {
  const std::int64_t wanted = deadline.time_since_epoch().count();
  std::int64_t known = stop_deadline_ns_.load(std::memory_order_relaxed);
  while (wanted < known &&
         !stop_deadline_ns_.compare_exchange_weak(known, wanted, std::memory_order_relaxed)) {
  }
  stop_.store(true, std::memory_order_release);
  wakeup_.notify();
}

void Consumer::run() {
  if (join_group()) loop();
  close();
}

// Takes what came back from slots and brokers. Whether anything did.
bool Consumer::settle() {
  const bool any = settle_completions(state_, completions_, *way_);
  news_ = news_ || any;
  way_->tick(setup_.clock.now());
  hold_or_go_on();
  return any;
}

void Consumer::hold_or_go_on() {
  // With at_most_once a stop would lose what is committed and not begun: an operator's pause ends.
  const bool last_chance = state_.at_most_once() && stopping();
  const bool hold =
      setup_.limiter.tripped() || ((setup_.pause.paused() || !way_->ready()) && !last_chance);
  if (hold == held_) return;
  held_ = hold;
  state_.dispatcher.hold(hold, setup_.clock.now());
  setup_.pause.told(setup_.index, hold ? PauseSwitch::Calls::held : PauseSwitch::Calls::may_start);
}

void Consumer::loop() {
  while (!stopping()) iterate();
}

void Consumer::iterate() {
  settle();
  serve_events();
  const bool sync = setup_.pipeline.commit.mode == config::CommitMode::sync;
  if (sync && !state_.at_most_once()) {
    constexpr Duration kPatience = std::chrono::seconds(10);
    committer_.commit_now(state_.partitions.all(), setup_.clock.now() + kPatience);
  }
  intake_.serve(kServed);
  flow_.make_room(setup_.clock.now());
  const Intake::Batch batch = read();
  late_starts_.restart(intake_.take_stopped());
  MonotonicTime now = setup_.clock.now();
  gate_.tick();
  passes_.tick(now);
  intake_.admit_due();
  now = setup_.clock.now();
  state_.dispatcher.flush(now);
  const bool idle = batch.taken == 0 && state_.books.in_flight() == 0 && lag_.nothing_to_fetch();
  const auto load = idle ? Committer::Load::idle : Committer::Load::busy;
  committer_.tick(now, load);
  tick(now);
  if (batch.taken == 0) sleep(now, load);
}

// Partitions take turns; each round goes on where the last one ended.
Intake::Batch Consumer::read() {
  Intake::Batch batch;
  const MonotonicTime now = setup_.clock.now();
  const std::vector<PartitionEpochPtr> epochs = state_.partitions.all();
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const PartitionEpochPtr& epoch = epochs[turn_++ % epochs.size()];
    const std::uint32_t most = batch.messages < kRound ? flow_.room(*epoch, now) : 0;
    intake_.read(epoch, most, batch);
  }
  flow_.learn(batch.messages, batch.bytes, batch.left);
  news_ = news_ || batch.taken > 0;
  return batch;
}

void Consumer::sleep(MonotonicTime now, Committer::Load load) {
  MonotonicTime until = std::min({next_tick_, lag_.next_due(), now + kTick});
  if (load == Committer::Load::idle) publish();
  else if (news_) until = std::min(until, next_publish_);
  if (const auto due = committer_.next_due(load)) until = std::min(until, *due);
  if (const auto due = gate_.next_due(now)) until = std::min(until, *due);
  if (const auto due = way_->next_due()) until = std::min(until, *due);
  if (const auto flush = state_.dispatcher.next_flush()) until = std::min(until, *flush);
  wakeup_.wait_until(std::max(until, now + std::chrono::milliseconds(1)));
}

void Consumer::serve_events() {
  while (const kafka::Event event{rd_kafka_queue_poll(state_.events.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_OFFSET_COMMIT) {
      committer_.answered(event.get());
      if (state_.at_most_once()) intake_.admit_committed();
    } else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_LISTOFFSETS_RESULT) {
      lag_.answered(event.get(), setup_.clock.now());
    } else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT) {
      topic_ids_.answered(event.get());
    }
  }
}

// While partitions drain, the others go on with what they have.
void Consumer::settle_until(MonotonicTime until) {
  const MonotonicTime now = setup_.clock.now();
  state_.dispatcher.flush(now);
  if (!settle()) wakeup_.wait_until(std::min(until, now + kTick));
  settle();
  serve_events();
  publish();
  if (setup_.every_tick) setup_.every_tick(now);
}

void Consumer::publish() {
  const MonotonicTime now = setup_.clock.now();
  next_publish_ = now + kBetweenPictures;
  news_ = false;
  publisher_.publish(picture_of(state_, lag_.caught_up(now)));
}

void Consumer::on_rebalance(rd_kafka_resp_err_t error,
                            rd_kafka_topic_partition_list_t* partitions) {
  assignment_.rebalance(error, partitions);
}

void Consumer::on_client_error(rd_kafka_resp_err_t error, const std::string& reason,
                               Severity severity) {
  state_.counts.kafka_error(error);
  if (severity == Severity::fatal) {
    state_.failure = failed_for_good(state_.client.get());
    return;
  }
  const std::string said = kafka::describe(error) + kafka::cure_of(state_.client.get(), error, "");
  std::string detail = reason;
  detail += kafka::hint_of(error);
  // What comes before this one says more.
  if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || state_.heard.empty())
    state_.heard = said + ": " + detail;
  const auto limit =
      client_errors_.try_emplace(error, system_clock(), kLinesOfAnError, kForAnError);
  if (const auto suppressed = limit.first->second.admit()) {
    log::warn("kafka_error", "the client reported an error; it goes on trying",
              {{"pipeline", setup_.pipeline.name},
               {"error", said},
               {"detail", detail},
               {"suppressed", *suppressed}});
  }
}

}  // namespace tidegate
