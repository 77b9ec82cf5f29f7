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

std::uint64_t bytes_of(const std::vector<Output>& outputs) {
  std::uint64_t sum = 0;
  for (const Output& output : outputs) sum += output.bytes;
  return sum;
}

}  // namespace

HeldPtr HeldBooks::copy(PartitionEpochPtr epoch, Item item, const Route& route,
                        std::string reason) {
  auto held = std::make_unique<Held>();
  held->origin = origin_of(state_, *epoch, item);
  // It may wait long, and it is lent to the producer, so it must not pin a fetch buffer.
  state_.memory.copy_out(item, state_.clock.now());
  held->epoch = std::move(epoch);
  held->item = std::move(item);
  held->reason = std::move(reason);
  set_way(*held, route);
  return held;
}

HeldPtr HeldBooks::emission(PartitionEpochPtr epoch, Item item, std::vector<Output> outputs) {
  auto held = std::make_unique<Held>();
  held->epoch = std::move(epoch);
  held->item = std::move(item);
  held->outputs = std::move(outputs);
  state_.memory.add(bytes_of(held->outputs));
  state_.limiter.ended(1);
  return held;
}

void HeldBooks::set_way(Held& held, const Route& route) {
  held.route = route;
  held.sent = 0;
  held.alone = false;
  held.topic = route.to == Route::To::dead_letter
                   ? state_.pipeline.dead_letter.topic
                   : config::retry_topic(state_.pipeline.group_id, route.delay);
  const auto partitions = state_.own_topics.find(held.topic);
  // Nobody told how many there are: the client chooses, by key.
  held.partition = partitions == state_.own_topics.end()
                       ? RD_KAFKA_PARTITION_UA
                       : held.origin.partition.value % partitions->second;
}

void HeldBooks::written(Held& held) {
  if (held.is_copy() && held.route.to != Route::To::retry_topic)
    observe_failure(state_, held.item.message);
  if (!held.is_copy()) {
    state_.counts.emitted += held.outputs.size();
    end(held, Outcome::ok);
  } else if (held.route.to == Route::To::drop) {
    held.epoch->account.retries_exhausted += held.route.exhausted ? 1 : 0;
    end(held, Outcome::drop);
  } else if (held.route.to == Route::To::retry_topic) {
    ++state_.counts.retries[{held.route.kind, config::canonical_delay(held.route.delay)}];
    end(held, Outcome::retry);
  } else {
    ++held.epoch->account.dead_letters[static_cast<std::size_t>(held.route.kind)];
    if (held.route.exhausted) ++held.epoch->account.retries_exhausted;
    end(held, Outcome::dead_letter);
  }
}

void HeldBooks::end(Held& held, Outcome outcome) {
  held.epoch->account.finish(outcome, 1);
  --held.epoch->in_flight;
  drop(held);
}

void HeldBooks::drop(Held& held) {
  unblock(held);
  state_.memory.subtract(bytes_of(held.outputs));
  held.outputs.clear();
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
    const bool dead_letter = held.route.to == Route::To::dead_letter;
    if (dead_letter) ++state_.counts.dead_letter_failures;
    if (!dead_letter && refused_for_good(error)) {
      held.route.to = Route::To::wait;  // next() asks the router
      held.route.kind = ErrorKind::rejected;
      held.route.exhausted = false;
    } else if (state_.pipeline.dead_letter.on_failure == config::OnFailure::stop) {
      state_.failure = "a copy for topic \"" + held.topic +
                       "\" was refused: " + kafka::describe(error) +
                       kafka::cure_of(state_.client.get(), error, held.topic, {"Write"}) +
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
  state_.memory.subtract(bytes_of(held.outputs));
  std::string topics = held.outputs.front().topic;
  held.outputs.clear();
  held.origin = origin_of(state_, *held.epoch, held.item);
  state_.memory.copy_out(held.item, state_.clock.now());
  Failure failure;
  failure.status = TIDEGATE_FAIL;
  failure.kind = ErrorKind::emit;
  failure.reason =
      "a message emitted to topic \"" + topics + "\" was refused: " + kafka::describe(error);
  held.reason = failure.reason;
  const Place place{held.epoch->topic, held.epoch->partition, held.item.offset};
  Route route = state_.router.route(place, failure, held.item.message.origin());
  // Its lane has gone on meanwhile, so it cannot wait in its place for another attempt.
  if (route.to == Route::To::park) route = state_.router.ended(route);
  // The attempt was made, and there will be no other one.
  else if (route.to == Route::To::wait) ++route.attempts;
  set_way(held, route);
}

void HeldBooks::retry(Held& held) {
  if (held.route.to == Route::To::wait) set_way(held, state_.router.ended(held.route));
  if (held.route.to == Route::To::wait) held.next_try = state_.clock.now() + kUntilNextTry;
  else unblock(held);
  if (held.route.to == Route::To::drop) state_.limiter.ended(1);
}

HeldBooks::Next HeldBooks::next(Held& held) {
  if (held.route.to == Route::To::wait) set_way(held, state_.router.ended(held.route));
  switch (held.route.to) {
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
  const std::string& to = held.is_copy() ? held.topic : held.outputs.front().topic;
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
