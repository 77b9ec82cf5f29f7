// SPDX-License-Identifier: Apache-2.0
#include "host/route/router.hpp"

#include <utility>

#include "host/base/log.hpp"

namespace tidegate {

Router::Router(std::string pipeline) : pipeline_(std::move(pipeline)) {}

Outcome Router::route(const Place& place, const Failure& failure) {
  // A handler that chose to skip its message did what it should: that is no failure to report.
  if (failure.status == TIDEGATE_DROP) {
    log::debug("message_dropped", "the handler dropped a message",
               {{"pipeline", pipeline_},
                {"topic", place.topic},
                {"partition", place.partition.value},
                {"offset", place.offset.value},
                {"reason", failure.reason}});
    return Outcome::drop;
  }
  if (const auto suppressed = limit_.admit()) {
    log::warn("message_dropped",
              "a handler call failed and there is no retry: the message is dropped",
              {{"pipeline", pipeline_},
               {"topic", place.topic},
               {"partition", place.partition.value},
               {"offset", place.offset.value},
               {"attempt", 1},
               {"kind", name(failure.kind)},
               {"reason", failure.reason},
               {"suppressed", *suppressed}});
  }
  return Outcome::drop;
}

}  // namespace tidegate
