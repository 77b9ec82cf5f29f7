// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a message whose attempt failed: the table of DESIGN §5, in one place. The router
// decides and logs; the copies it asks for are made in consume/. Thread rule: [poll], one router
// per consumer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/base/config/model.hpp"
#include "host/base/kafka/origin.hpp"
#include "host/base/log_limit.hpp"
#include "host/base/outcome.hpp"
#include "host/base/types.hpp"
#include "host/route/dead_letter_limiter.hpp"
#include "host/route/failure.hpp"

namespace tidegate {

// Where a message was read.
struct Place {
  std::string_view topic;
  Partition partition;
  Offset offset;
};

struct Route {
  enum class To : std::uint8_t {
    drop,         // it ends here, counted
    retry_topic,  // a copy waits there for its next attempt
    dead_letter,  // a copy ends there
    park,         // it waits where it is for its next attempt, and its lane with it
    wait,         // it is attempted again from where it is: nothing is charged
  };
  To to = To::drop;
  ErrorKind kind = ErrorKind::none;
  std::uint32_t attempts = 1;      // made so far, this one included
  std::uint32_t crashes = 0;       // of workers with it in flight, so far; this attempt's is one
  config::Milliseconds delay{};    // of the retry topic, or how long to wait where it is
  std::int64_t not_before_ms = 0;  // Unix milliseconds; 0: the retry topic's delay is enough
  bool exhausted = false;          // a dead letter or drop because no retry was left
};

class Router {
 public:
  // Both outlive the router.
  Router(const config::Pipeline& pipeline, DeadLetterLimiter& limiter, const Clock& clock);

  // Decides about one failed attempt and logs it once, with place, attempt, kind and reason.
  // origin: what the message has behind it; null: nothing.
  [[nodiscard]] Route route(const Place& place, const Failure& failure,
                            const kafka::Origin* origin);
  // The end of a message that has no other way left (say the brokers refuse its retry copy for
  // good): a dead letter, a drop, or to wait for the limiter. Kind and attempts stay.
  [[nodiscard]] Route ended(const Route& before);
  // The shortest configured delay that is long enough, or the last one; what is left then is
  // hopped.
  [[nodiscard]] Route hop(std::uint32_t attempts, std::int64_t not_before_ms) const;

 private:
  [[nodiscard]] Route decide(const Failure& failure, std::uint32_t attempts);
  [[nodiscard]] Route after_crash(const Place& place, const Failure& failure,
                                  std::uint32_t attempts, std::uint32_t crashes);
  [[nodiscard]] Route retry(const Failure& failure, std::uint32_t attempts) const;
  [[nodiscard]] Route end(ErrorKind kind, std::uint32_t attempts, bool exhausted);
  void report(const Place& place, const Failure& failure, const kafka::Origin* origin,
              const Route& route);

  const config::Pipeline& pipeline_;
  DeadLetterLimiter& limiter_;
  const Clock& clock_;
  log::RateLimit limit_;
};

}  // namespace tidegate
