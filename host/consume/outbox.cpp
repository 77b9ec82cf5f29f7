// SPDX-License-Identifier: Apache-2.0
#include "host/consume/outbox.hpp"

#include <algorithm>
#include <utility>

#include "host/base/config/names.hpp"
#include "host/base/config/producer_properties.hpp"
#include "host/base/log.hpp"

namespace tidegate {
namespace {

constexpr Duration kUntilNextTry = std::chrono::seconds(1);
constexpr Duration kUntilRoom = std::chrono::milliseconds(5);

// Refused because of what it is: no later try will change that.
bool refused_for_good(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || error == RD_KAFKA_RESP_ERR_INVALID_MSG ||
         error == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
         error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

// Not the copy's fault: the producer was given up with the copy in it.
bool let_go(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT ||
         error == RD_KAFKA_RESP_ERR__FATAL;
}

kafka::Origin origin_of(const ConsumerState& state, const PartitionEpoch& epoch, const Item& item) {
  if (const kafka::Origin* known = item.message.origin()) return *known;
  return {.topic = epoch.topic,
          .partition = epoch.partition,
          .offset = item.offset,
          .timestamp_ms = item.message.timestamp_ms(),
          .first_failure_ms = state.clock.wall().time_since_epoch().count(),
          .replays = replays_before(item.message, state.pipeline.group_id)};
}

}  // namespace

Outbox::Outbox(ConsumerState& state, CopySender sender, Wakeup& wakeup)
    : state_(state), sender_(std::move(sender)), wakeup_(wakeup) {
  renew_producer();
}

Outbox::~Outbox() { abandon(); }

void Outbox::renew_producer() {
  producer_ = std::make_unique<Producer>(config::producer_properties(state_.pipeline), *this,
                                         [this] { wakeup_.notify(); });
}

void Outbox::add(std::shared_ptr<PartitionEpoch> epoch, Item item, const Route& route,
                 std::string reason) {
  auto copy = std::make_unique<Copy>();
  copy->origin = origin_of(state_, *epoch, item);
  // It may wait long, and it is lent to the producer, so it must not pin a fetch buffer.
  state_.memory.copy_out(item, state_.clock.now());
  copy->epoch = std::move(epoch);
  copy->item = std::move(item);
  copy->route = route;
  copy->reason = std::move(reason);
  send(std::move(copy));
}

std::string Outbox::topic_of(const Route& route) const {
  return route.to == Route::To::dead_letter
             ? state_.pipeline.dead_letter.topic
             : config::retry_topic(state_.pipeline.group_id, route.delay);
}

void Outbox::send(std::unique_ptr<Copy> copy) {
  const std::string topic = topic_of(copy->route);
  const auto partitions = state_.own_topics.find(topic);
  // Nobody told how many there are: the client chooses, by key.
  const std::int32_t partition = partitions == state_.own_topics.end()
                                     ? RD_KAFKA_PARTITION_UA
                                     : copy->origin.partition.value % partitions->second;
  Headers headers = copy_headers(copy->item.message, copy->origin, sender_,
                                 {.kind = copy->route.kind,
                                  .reason = copy->reason,
                                  .attempts = copy->route.attempts,
                                  .not_before_ms = copy->route.not_before_ms});
  if (headers == nullptr) {
    failed(std::move(copy), RD_KAFKA_RESP_ERR_INVALID_RECORD);
    return;
  }
  const rd_kafka_resp_err_t error =
      producer_->send(topic, partition, copy->item.message, std::move(headers), copy.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    (void)copy.release();  // delivered() takes it back
  } else if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    wait(std::move(copy), kUntilRoom);
  } else {
    failed(std::move(copy), error);
  }
}

void Outbox::delivered(void* opaque, rd_kafka_resp_err_t error) {
  std::unique_ptr<Copy> copy(static_cast<Copy*>(opaque));
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && copy->epoch->owned()) {
    count(*copy);
    const bool retry = copy->route.to == Route::To::retry_topic;
    finish(*copy, retry ? Outcome::retry : Outcome::dead_letter);
  } else if (!copy->epoch->owned() || abandoned_) {
    // Given back when its epoch ended. Where the copy arrived all the same, it comes twice.
    unblock(*copy);
    state_.memory.release(copy->item);
  } else if (let_go(error)) {
    wait(std::move(copy), Duration::zero());
  } else {
    failed(std::move(copy), error);
  }
}

void Outbox::finish(Copy& copy, Outcome outcome) {
  PartitionEpoch& epoch = *copy.epoch;
  unblock(copy);
  epoch.account.finish(outcome, 1);
  epoch.tracker.finish(copy.item.offset, copy.item.offset);
  --epoch.in_flight;
  state_.memory.release(copy.item);
}

void Outbox::count(const Copy& copy) {
  if (copy.route.to == Route::To::retry_topic) {
    ++state_.counts.retries[{copy.route.kind, config::canonical_delay(copy.route.delay)}];
    return;
  }
  ++copy.epoch->account.dead_letters[static_cast<std::size_t>(copy.route.kind)];
  if (copy.route.exhausted) ++copy.epoch->account.retries_exhausted;
}

void Outbox::failed(std::unique_ptr<Copy> copy, rd_kafka_resp_err_t error) {
  report_refusal(*copy, error);
  const bool dead_letter = copy->route.to == Route::To::dead_letter;
  if (dead_letter) ++state_.counts.dead_letter_failures;
  if (!dead_letter && refused_for_good(error)) {
    copy->route.to = Route::To::wait;  // tick() asks the router
  } else if (state_.pipeline.dead_letter.on_failure == config::OnFailure::stop) {
    state_.failure = "a copy for topic \"" + topic_of(copy->route) +
                     "\" was refused: " + kafka::describe(error) +
                     "; its message is not committed (dead_letter.on_failure = \"stop\")";
  }
  if (!copy->blocks) {
    copy->blocks = true;
    ++copy->epoch->blocked;
  }
  wait(std::move(copy), kUntilNextTry);
}

void Outbox::report_refusal(const Copy& copy, rd_kafka_resp_err_t error) {
  const auto suppressed = refusals_.admit();
  if (!suppressed) return;
  log::error("copy_refused",
             "a failed message could not be written to its topic; its partition waits and the copy "
             "is tried again",
             {{"pipeline", state_.pipeline.name},
              {"to", topic_of(copy.route)},
              {"topic", copy.epoch->topic},
              {"partition", copy.epoch->partition.value},
              {"offset", copy.item.offset.value},
              {"error", kafka::describe(error)},
              {"suppressed", *suppressed}});
}

void Outbox::wait(std::unique_ptr<Copy> copy, Duration patience) {
  copy->next_try = state_.clock.now() + patience;
  waiting_.push_back(std::move(copy));
}

void Outbox::unblock(Copy& copy) {
  if (std::exchange(copy.blocks, false)) --copy.epoch->blocked;
}

void Outbox::tick(MonotonicTime now) {
  producer_->serve();
  if (!producer_->broken().empty()) {
    log::warn("producer_remade", "the producer cannot go on and is made anew",
              {{"pipeline", state_.pipeline.name}, {"error", producer_->broken()}});
    producer_->abandon();
    renew_producer();
  }
  for (std::size_t left = waiting_.size(); left > 0; --left) {
    std::unique_ptr<Copy> copy = std::move(waiting_.front());
    waiting_.pop_front();
    if (!copy->epoch->owned()) {
      unblock(*copy);
      state_.memory.release(copy->item);
    } else if (copy->next_try > now) {
      waiting_.push_back(std::move(copy));
    } else {
      try_again(std::move(copy));
    }
  }
}

void Outbox::try_again(std::unique_ptr<Copy> copy) {
  if (copy->route.to == Route::To::wait) copy->route = state_.router.rejected(copy->route);
  switch (copy->route.to) {
    case Route::To::wait: wait(std::move(copy), kUntilNextTry); break;
    case Route::To::drop:
      state_.limiter.ended(1);
      finish(*copy, Outcome::drop);
      break;
    case Route::To::retry_topic:
    case Route::To::dead_letter: send(std::move(copy)); break;
  }
}

std::optional<MonotonicTime> Outbox::next_due() const {
  std::optional<MonotonicTime> first;
  for (const auto& copy : waiting_)
    first = first ? std::min(*first, copy->next_try) : copy->next_try;
  return first;
}

void Outbox::give_back_waiting(PartitionEpoch& epoch) {
  std::erase_if(waiting_, [&](const std::unique_ptr<Copy>& copy) {
    if (copy->epoch.get() != &epoch) return false;
    unblock(*copy);
    state_.memory.release(copy->item);
    epoch.account.give_back(GivenBack::revoked, 1);
    --epoch.in_flight;
    return true;
  });
}

void Outbox::abandon() {
  abandoned_ = true;
  producer_->abandon();
  for (const auto& copy : waiting_) {
    unblock(*copy);
    state_.memory.release(copy->item);
  }
  waiting_.clear();
}

}  // namespace tidegate
