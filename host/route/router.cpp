// SPDX-License-Identifier: Apache-2.0
#include "host/route/router.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/base/config/units.hpp"
#include "host/base/log.hpp"

namespace tidegate {
namespace {

using config::Milliseconds;

// After a crash its message waits until the count of its crashes is committed, so that it is not
// lost with the host: for the next commit, and its acknowledgement.
constexpr Milliseconds kToCommit{200};
constexpr Milliseconds kLongestAfterCrash{5'000};

constexpr std::string_view name(Route::To to) {
  switch (to) {
    case Route::To::drop: return "drop";
    case Route::To::retry_topic:
    case Route::To::park: return "retry";
    case Route::To::dead_letter: return "dead_letter";
    case Route::To::wait: return "pause";
  }
  return "";
}

}  // namespace

Router::Router(const config::Pipeline& pipeline, DeadLetterLimiter& limiter, const Clock& clock)
    : pipeline_(pipeline), limiter_(limiter), clock_(clock) {}

Route Router::route(const Place& place, const Failure& failure, const kafka::Origin* origin) {
  const std::uint32_t attempts = (origin != nullptr ? origin->attempts : 0) + 1;
  const std::uint32_t crashes = origin != nullptr ? origin->crashes : 0;
  const Route route = is_crash(failure.kind) ? after_crash(place, failure, attempts, crashes + 1)
                                             : decide(failure, attempts);
  report(place, failure, origin, route);
  return route;
}

// The worker died, or was ended, in the call. It costs a restart, not a retry.
Route Router::after_crash(const Place& place, const Failure& failure, std::uint32_t attempts,
                          std::uint32_t crashes) {
  std::string key(place.topic);
  key += '/' + std::to_string(place.partition.value) + '/' + std::to_string(place.offset.value);
  if (limiter_.trips_on_crash(std::move(key), clock_.now())) {
    log::error("limiter_tripped",
               "many different messages crashed the worker: its plugin is broken, the pipeline "
               "pauses and handles nothing; deploy another version, then run: tidegate resume NAME",
               {{"pipeline", pipeline_.name},
                {"max_crashing_messages", pipeline_.worker.max_crashing_messages},
                {"crash_window", config::format_duration(pipeline_.worker.crash_window)}});
  }
  const bool once = pipeline_.delivery == config::Delivery::at_most_once;
  if (!once && crashes < pipeline_.max_crashes) {
    return {.to = Route::To::wait,
            .kind = failure.kind,
            .attempts = attempts - 1,
            .crashes = crashes,
            .delay = std::min(pipeline_.commit.interval + kToCommit, kLongestAfterCrash)};
  }
  Route route = end(failure.kind, attempts - 1 + crashes, false);
  route.crashes = crashes;
  return route;
}

Route Router::decide(const Failure& failure, std::uint32_t attempts) {
  if (failure.status == TIDEGATE_DROP) return {.to = Route::To::drop, .attempts = attempts};
  const bool once = pipeline_.delivery == config::Delivery::at_most_once;
  if (failure.status == TIDEGATE_PAUSE && !once) {
    return {.to = Route::To::wait,
            .kind = failure.kind,
            .attempts = attempts - 1,
            .delay = Milliseconds(failure.delay_ms)};
  }
  const config::Retry& retries = pipeline_.retry;
  const bool left = retries.max_retries < 0 || attempts <= retries.max_retries;
  if (failure.status == TIDEGATE_DEAD_LETTER || once || retries.mode == config::RetryMode::none)
    return end(failure.kind, attempts, false);
  return left ? retry(failure, attempts) : end(failure.kind, attempts, true);
}

Route Router::retry(const Failure& failure, std::uint32_t attempts) const {
  const bool in_place = pipeline_.retry.mode == config::RetryMode::in_place;
  const bool asked = failure.status == TIDEGATE_RETRY_AFTER;
  if (in_place && asked) {
    return {.to = Route::To::park,
            .kind = failure.kind,
            .attempts = attempts,
            .delay = Milliseconds(failure.delay_ms)};
  }
  if (asked) {
    Route route = hop(attempts, clock_.wall().time_since_epoch().count() + failure.delay_ms);
    route.kind = failure.kind;
    return route;
  }
  const auto& delays = pipeline_.retry.delays;
  const std::size_t which = std::min<std::size_t>(attempts, delays.size()) - 1;
  return {.to = in_place ? Route::To::park : Route::To::retry_topic,
          .kind = failure.kind,
          .attempts = attempts,
          .delay = delays[which]};
}

Route Router::hop(std::uint32_t attempts, std::int64_t not_before_ms) const {
  const Milliseconds wanted{not_before_ms - clock_.wall().time_since_epoch().count()};
  Route route{.to = Route::To::retry_topic, .attempts = attempts};
  const auto& delays = pipeline_.retry.delays;
  const auto longest = *std::max_element(delays.begin(), delays.end());
  route.delay = longest;
  for (const Milliseconds delay : delays) {
    if (delay >= wanted && delay < route.delay) route.delay = delay;
  }
  if (wanted > longest) route.not_before_ms = not_before_ms;
  return route;
}

Route Router::end(ErrorKind kind, std::uint32_t attempts, bool exhausted) {
  Route route{.to = Route::To::drop, .kind = kind, .attempts = attempts, .exhausted = exhausted};
  if (!pipeline_.dead_letter.enabled) return route;
  route.to = Route::To::dead_letter;
  // Tripped: the message waits, unfinished and uncharged, until somebody resumes the pipeline.
  const bool tripped_before = limiter_.tripped();
  if (!limiter_.admit()) {
    if (!tripped_before) {
      log::error("limiter_tripped",
                 "too many messages became dead letters: the pipeline pauses and handles nothing; "
                 "mend what fails behind the handler, then run: tidegate resume NAME",
                 {{"pipeline", pipeline_.name},
                  {"max_ratio", pipeline_.dead_letter.max_ratio},
                  {"max_consecutive", pipeline_.dead_letter.max_consecutive}});
    }
    route.to = Route::To::wait;
    --route.attempts;
  }
  return route;
}

Route Router::ended(const Route& before) {
  Route route = end(before.kind, before.attempts, before.exhausted);
  route.attempts = before.attempts;
  return route;
}

void Router::report(const Place& place, const Failure& failure, const kafka::Origin* origin,
                    const Route& route) {
  // A handler that chose to skip its message did what it should: that is no failure to report.
  if (failure.status == TIDEGATE_DROP) {
    log::debug("message_dropped", "the handler dropped a message",
               {{"pipeline", pipeline_.name},
                {"topic", place.topic},
                {"partition", place.partition.value},
                {"offset", place.offset.value},
                {"reason", failure.reason}});
    return;
  }
  const auto suppressed = limit_.admit();
  if (!suppressed) return;
  const bool lost = route.to == Route::To::drop;
  const bool elsewhere = origin != nullptr && origin->elsewhere();
  log::warn("attempt_failed",
            lost ? "a handler call failed; its message is dropped" : "a handler call failed",
            {{"pipeline", pipeline_.name},
             {"topic", place.topic},
             {"partition", place.partition.value},
             {"offset", place.offset.value},
             {"origin_topic", elsewhere ? std::string_view(origin->topic) : place.topic},
             {"origin_partition", elsewhere ? origin->partition.value : place.partition.value},
             {"origin_offset", elsewhere ? origin->offset.value : place.offset.value},
             {"attempt", (origin != nullptr ? origin->attempts : 0) + 1},
             {"kind", tidegate::name(failure.kind)},
             {"reason", failure.reason},
             {"outcome", name(route.to)},
             {"delay", config::format_duration(route.delay)},
             {"suppressed", *suppressed}});
}

}  // namespace tidegate
