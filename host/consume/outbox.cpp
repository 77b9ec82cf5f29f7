// SPDX-License-Identifier: Apache-2.0
#include "host/consume/outbox.hpp"

#include <algorithm>
#include <utility>

#include "host/base/config/producer_properties.hpp"
#include "host/base/kafka/rights.hpp"
#include "host/base/log.hpp"
#include "host/base/sabotage.hpp"
#include "host/consume/epoch_life.hpp"

namespace tidegate {
namespace {

constexpr Duration kUntilRoom = std::chrono::milliseconds(5);
constexpr Duration kBetweenProducers = std::chrono::seconds(1);
// Brokers that do not answer a producer must not keep handlers from what they gave to a consumer.
constexpr Duration kUntilReady = std::chrono::seconds(2);

// Brokers refuse a producer that may write to no topic at all, and do not say which one it lacks.
std::string cure_of(rd_kafka_resp_err_t error, const config::Pipeline& pipeline) {
  using kafka::Right;
  if (error != RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED) return {};
  if (pipeline.dead_letter.enabled)
    return kafka::cure({Right::On::topic, pipeline.dead_letter.topic, {"Write"}});
  return kafka::cure({Right::On::topic,
                      pipeline.group_id + ".retry.",
                      {"Write"},
                      Right::Names::all_that_begin_so});
}

}  // namespace

Outbox::Outbox(ConsumerState& state, CopySender sender, Wakeup& wakeup)
    : state_(state),
      books_(state, std::move(sender)),
      wakeup_(wakeup),
      ready_by_(state.clock.now() + kUntilReady) {
  // Before the group is joined: it needs half a second until it can write.
  const config::Pipeline& pipeline = state.pipeline;
  if (pipeline.dead_letter.enabled || pipeline.retry.mode == config::RetryMode::topic)
    make_producer();
}

Outbox::~Outbox() { abandon(); }

void Outbox::make_producer() {
  DeliveryReports& reports = *this;
  producer_ = std::make_unique<Producer>(config::producer_properties(state_.pipeline), reports,
                                         [this] { wakeup_.notify(); });
  made_at_ = state_.clock.now();
}

bool Outbox::ready() const {
  if (producer_ == nullptr || !producer_->waits_for_id()) return true;
  return state_.clock.now() >= ready_by_;
}

void Outbox::replace_broken_producer(MonotonicTime now) {
  if (!remake_at_ && !producer_->broken().empty()) {
    remake_at_ = std::max(now, made_at_ + kBetweenProducers);
    log::warn("producer_remade", "the producer cannot go on and is made anew",
              {{"pipeline", state_.pipeline.name},
               {"error", producer_->broken() + cure_of(producer_->broken_by(), state_.pipeline)}});
    producer_->abandon();
  }
  if (!remake_at_ || now < *remake_at_) return;
  remake_at_.reset();
  make_producer();
}

void Outbox::add_copy(PartitionEpochPtr epoch, Failed failed, const Route& route,
                      std::string reason) {
  send(books_.copy(std::move(epoch), std::move(failed), route, std::move(reason)));
}

void Outbox::add_emission(PartitionEpochPtr epoch, Item item, Outputs outputs) {
  send(books_.emission(std::move(epoch), std::move(item), std::move(outputs)));
}

void Outbox::send(HeldPtr held) {
  if (producer_ == nullptr) make_producer();
  if (remake_at_ || (alone_ > 0 && !held->alone)) {
    wait(std::move(held), remake_at_.value_or(state_.clock.now() + kUntilRoom));
    return;
  }
  if (sabotaged(Sabotage::finish_before_report))
    held->epoch->tracker.finish(held->item.offset, held->item.offset);
  send_held(*producer_, books_.sender(), *held);
  if (held->unacked > 0) (void)held.release();  // delivered() takes it back
  else settle(std::move(held));
}

void Outbox::delivered(void* opaque, rd_kafka_resp_err_t error) {
  auto* const held = static_cast<Held*>(opaque);
  if (reported(*held, error)) settle(HeldPtr(held));
}

// Nothing of it is on its way.
void Outbox::settle(HeldPtr held) {
  const bool goes_on = held->epoch->owned() && !abandoned_;
  if (goes_on && held->alone && held->refused == RD_KAFKA_RESP_ERR_NO_ERROR &&
      (held->let_go || held->sent < held->size())) {
    if (std::exchange(held->let_go, false)) held->sent = 0;
    wait(std::move(held), state_.clock.now());
    return;
  }
  if (held->alone) --alone_;
  if (!goes_on) {
    // Given back when its epoch ended. Where it arrived all the same, it comes twice.
    books_.drop(*held);
  } else if (to_be_sent_alone(*held)) {
    ++alone_;
    wait(std::move(held), state_.clock.now());
  } else if (held->refused != RD_KAFKA_RESP_ERR_NO_ERROR) {
    books_.refused(*held, held->refused);
    const MonotonicTime next_try = held->next_try;
    wait(std::move(held), next_try);
  } else if (std::exchange(held->let_go, false)) {
    held->sent = 0;
    wait(std::move(held), state_.clock.now());
  } else if (held->sent < held->size()) {
    wait(std::move(held), state_.clock.now() + kUntilRoom);
  } else {
    held->epoch->tracker.finish(held->item.offset, held->item.offset);
    books_.written(*held);
  }
}

void Outbox::wait(HeldPtr held, MonotonicTime until) {
  held->next_try = until;
  waiting_.push_back(std::move(held));
}

void Outbox::tick(MonotonicTime now) {
  if (producer_ == nullptr) return;
  producer_->serve();
  replace_broken_producer(now);
  for (std::size_t left = waiting_.size(); left > 0; --left) {
    HeldPtr held = std::move(waiting_.front());
    waiting_.pop_front();
    if (!held->epoch->owned()) {
      settle(std::move(held));
    } else if (held->next_try > now || (held->alone && producer_->outstanding() > 0)) {
      waiting_.push_back(std::move(held));
    } else if (!held->is_copy() || held->alone) {
      send(std::move(held));
    } else {
      const Offset offset = held->item.offset;
      const PartitionEpochPtr epoch = held->epoch;
      switch (books_.next(*held)) {
        case HeldBooks::Next::send: send(std::move(held)); break;
        case HeldBooks::Next::wait: waiting_.push_back(std::move(held)); break;
        case HeldBooks::Next::ended: epoch->tracker.finish(offset, offset); break;
      }
    }
  }
}

std::optional<MonotonicTime> Outbox::next_due() const {
  std::optional<MonotonicTime> first = remake_at_;
  for (const auto& held : waiting_)
    first = first ? std::min(*first, held->next_try) : held->next_try;
  return first;
}

void Outbox::give_back_waiting(PartitionEpoch& epoch) {
  std::erase_if(waiting_, [&](const HeldPtr& held) {
    if (held->epoch.get() != &epoch) return false;
    if (held->alone) --alone_;
    books_.drop(*held);
    leave_unfinished(state_, epoch, 1);
    return true;
  });
}

void Outbox::abandon() {
  abandoned_ = true;
  if (producer_ != nullptr) producer_->abandon();
  for (const auto& held : waiting_) books_.drop(*held);
  waiting_.clear();
  alone_ = 0;
}

}  // namespace tidegate
