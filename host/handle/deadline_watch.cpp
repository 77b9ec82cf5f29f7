// SPDX-License-Identifier: Apache-2.0
#include "host/handle/deadline_watch.hpp"

#include <utility>

#include "host/base/log.hpp"

namespace tidegate {

DeadlineWatch::DeadlineWatch(std::string pipeline, Duration soft, Duration hard)
    : pipeline_(std::move(pipeline)), soft_(soft), hard_(hard) {}

void DeadlineWatch::check(const std::vector<CallInfo>& calls, MonotonicTime now) {
  std::map<Key, Reported> still_running;
  for (const CallInfo& call : calls) {
    const Key key{call.source.get(), call.offset, call.started};
    const Duration age = now - call.started;
    const auto known = reported_.find(key);
    const bool was_soft = known != reported_.end();
    const bool was_hard = was_soft && known->second == Reported::hard;
    if (hard_ > Duration::zero() && age >= hard_) {
      if (!was_hard) {
        report(call, age, Reported::hard);
        hard_passed_.fetch_add(1, std::memory_order_relaxed);
      }
      still_running[key] = Reported::hard;
    } else if (soft_ > Duration::zero() && age >= soft_) {
      if (!was_soft) {
        report(call, age, Reported::soft);
        soft_passed_.fetch_add(1, std::memory_order_relaxed);
      }
      still_running[key] = Reported::soft;
    }
  }
  reported_ = std::move(still_running);
}

void DeadlineWatch::report(const CallInfo& call, Duration age, Reported limit) const {
  const double seconds = std::chrono::duration<double>(age).count();
  const log::Fields fields = {{"pipeline", pipeline_},
                              {"topic", call.source->topic},
                              {"partition", call.source->partition.value},
                              {"offset", call.offset.value},
                              {"duration_seconds", seconds}};
  if (limit == Reported::hard) {
    log::error("handler_timeout",
               "a handler call has run past handler_timeout; its lane waits for it", fields);
  } else {
    log::warn("handler_slow", "a handler call has run past handler_soft_timeout", fields);
  }
}

}  // namespace tidegate
