// SPDX-License-Identifier: Apache-2.0
#include "host/consume/held.hpp"

#include <utility>

#include "host/base/config/names.hpp"
#include "host/base/kafka/rights.hpp"
#include "host/base/log.hpp"
#include "host/consume/attempts.hpp"

namespace tidegate {
namespace {

constexpr Duration kUntilNextTry = std::chrono::seconds(1);

}  // namespace

HeldPtr HeldBooks::copy(PartitionEpochPtr epoch, Failed failed, const Route& route,
                        std::string reason) {
  auto held = std::make_unique<Held>();
  held->copy = std::make_unique<FailedCopy>();
  held->copy->plugin = std::move(failed.plugin);
  held->copy->origin = origin_of(state_, *epoch, failed.item);
  // It may wait long, and it is lent to the producer, so it must not pin a fetch buffer.
  state_.memory.copy_out(failed.item);
  held->epoch = std::move(epoch);
  held->item = std::move(failed.item);
  held->copy->reason = std::move(reason);
  set_way(*held, route);
  charge(*held->copy);
  return held;
}

HeldPtr HeldBooks::emission(PartitionEpochPtr epoch, Item item, Outputs outputs) {
  auto held = std::make_unique<Held>();
  held->epoch = std::move(epoch);
  held->item = std::move(item);
  held->outputs = std::move(outputs);
  state_.memory.add(held->outputs.bytes());
  state_.limiter.ended(1);
  return held;
}

// Its message counts as any copy does (memory_meter.hpp); that has room for Held itself.
void HeldBooks::charge(FailedCopy& copy) {
  copy.charge = copy.bytes();
  state_.memory.add(copy.charge);
}

void HeldBooks::set_way(Held& held, const Route& route) {
  FailedCopy& copy = *held.copy;
  copy.route = route;
  held.sent = 0;
  held.alone = false;
  copy.topic = route.to == Route::To::dead_letter
                   ? state_.pipeline.dead_letter.topic
                   : config::retry_topic(state_.pipeline.group_id, route.delay);
  const auto partitions = state_.own_topics.find(copy.topic);
  // Nobody told how many there are: the client chooses, by key.
  copy.partition = partitions == state_.own_topics.end()
                       ? RD_KAFKA_PARTITION_UA
                       : copy.origin.partition.value % partitions->second;
}

void HeldBooks::written(Held& held) {
  if (!held.is_copy()) {
    state_.counts.emitted += held.outputs.size();
    end(held, Outcome::ok);
    return;
  }
  const Route& route = held.copy->route;
  if (route.to == Route::To::retry_topic) {
    ++state_.counts.retries[{route.kind, config::canonical_delay(route.delay)}];
    end(held, Outcome::retry);
    return;
  }
  observe_failure(state_, held.item.message);
  TopicAccount& account = held.epoch->account;
  account.retries_exhausted += route.exhausted ? 1 : 0;
  const bool dropped = route.to == Route::To::drop;
  if (!dropped) ++account.dead_letters[static_cast<std::size_t>(route.kind)];
  end(held, dropped ? Outcome::drop : Outcome::dead_letter);
}

void HeldBooks::end(Held& held, Outcome outcome) {
  held.epoch->account.finish(outcome, 1);
  --held.epoch->in_flight;
  drop(held);
}

void HeldBooks::drop(Held& held) {
  unblock(held);
  state_.memory.subtract(held.outputs.bytes());
  held.outputs.clear();
  if (held.is_copy()) state_.memory.subtract(std::exchange(held.copy->charge, 0));
  state_.memory.release(held.item);
}

void HeldBooks::unblock(Held& held) {
  if (std::exchange(held.blocks, false)) --held.epoch->blocked;
}

void HeldBooks::refused(Held& held, rd_kafka_resp_err_t error) {
  report(held, error);
  held.refused = RD_KAFKA_RESP_ERR_NO_ERROR;
  held.let_go = false;
  held.next_try = state_.clock.now();
  if (!held.is_copy()) {
    emission_failed(held, error);
  } else {
    Route& route = held.copy->route;
    const bool dead_letter = route.to == Route::To::dead_letter;
    if (dead_letter) ++state_.counts.dead_letter_failures;
    if (!dead_letter && refused_for_good(error)) {
      route.to = Route::To::wait;  // next() asks the router
      route.kind = ErrorKind::rejected;
      route.exhausted = false;
    } else if (state_.pipeline.dead_letter.on_failure == config::OnFailure::stop) {
      state_.failure = "a copy for topic \"" + held.copy->topic +
                       "\" was refused: " + kafka::describe(error) +
                       kafka::cure_of(state_.client.get(), error, held.copy->topic, {"Write"}) +
                       "; its message is not committed (dead_letter.on_failure = \"stop\")";
    }
    held.sent = 0;
    held.alone = false;
    held.next_try += kUntilNextTry;
  }
  if (!held.blocks) {
    held.blocks = true;
    ++held.epoch->blocked;
  }
}

void HeldBooks::emission_failed(Held& held, rd_kafka_resp_err_t error) {
  const std::string topic = held.outputs.front().topic;
  state_.memory.subtract(held.outputs.bytes());
  held.outputs.clear();
  held.copy = std::make_unique<FailedCopy>();
  held.copy->plugin = state_.plugin;
  held.copy->origin = origin_of(state_, *held.epoch, held.item);
  state_.memory.copy_out(held.item);
  Failure failure;
  failure.status = TIDEGATE_FAIL;
  failure.kind = ErrorKind::emit;
  failure.reason =
      "a message emitted to topic \"" + topic + "\" was refused: " + kafka::describe(error);
  held.copy->reason = failure.reason;
  const Place place{held.epoch->topic, held.epoch->partition, held.item.offset};
  Route route = state_.router.route(place, failure, held.item.message.origin());
  // Its lane has gone on meanwhile, so it cannot wait in its place for another attempt.
  if (route.to == Route::To::park) route = state_.router.ended(route);
  // The attempt was made, and there will be no other one.
  else if (route.to == Route::To::wait) ++route.attempts;
  set_way(held, route);
  charge(*held.copy);
}

void HeldBooks::retry(Held& held) {
  const Route& route = held.copy->route;
  if (route.to == Route::To::wait) set_way(held, state_.router.ended(route));
  if (route.to == Route::To::wait) held.next_try = state_.clock.now() + kUntilNextTry;
  else unblock(held);
  if (route.to == Route::To::drop) state_.limiter.ended(1);
}

HeldBooks::Next HeldBooks::next(Held& held) {
  const Route& route = held.copy->route;
  if (route.to == Route::To::wait) set_way(held, state_.router.ended(route));
  switch (route.to) {
    case Route::To::drop:
      state_.limiter.ended(1);
      written(held);
      return Next::ended;
    case Route::To::retry_topic:
    case Route::To::dead_letter: return Next::send;
    case Route::To::park:
    case Route::To::wait: break;
  }
  held.next_try = state_.clock.now() + kUntilNextTry;
  return Next::wait;
}

void HeldBooks::report(const Held& held, rd_kafka_resp_err_t error) {
  const auto suppressed = refusals_.admit();
  if (!suppressed) return;
  const std::string to = held.is_copy() ? held.copy->topic : held.outputs.front().topic;
  log::error(held.is_copy() ? "copy_refused" : "emit_refused",
             held.is_copy()
                 ? "a failed message could not be written to its topic; its partition waits and "
                   "the copy is tried again"
                 : "a message that a handler emitted was refused; its attempt has failed",
             {{"pipeline", state_.pipeline.name},
              {"to", to},
              {"topic", held.epoch->topic},
              {"partition", held.epoch->partition.value},
              {"offset", held.item.offset.value},
              {"error",
               kafka::describe(error) + kafka::cure_of(state_.client.get(), error, to, {"Write"})},
              {"suppressed", *suppressed}});
}

}  // namespace tidegate
