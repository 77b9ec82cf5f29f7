// SPDX-License-Identifier: Apache-2.0
#include "host/consume/pause_reason.hpp"

namespace tidegate {
namespace {

// A partition that has no room for a moment is not worth a word.
constexpr Duration kForAMoment = std::chrono::milliseconds(500);

}  // namespace

std::optional<metrics::PauseReason> pause_reason(const ConsumerState& state,
                                                 const PartitionEpoch& epoch) {
  using Reason = metrics::PauseReason;
  if (epoch.ownership.resolving()) return Reason::start_position;
  if (epoch.cannot_be_read()) return Reason::unreadable;
  if (epoch.stalled) return Reason::stalled;
  if (epoch.stopped) return Reason::start_position;
  if (state.limiter.tripped()) return Reason::limiter;
  if (state.pause.paused()) return Reason::by_operator;
  if (epoch.blocked > 0) return Reason::dead_letter;
  if (epoch.held_until > state.clock.now()) return Reason::handler;
  if (epoch.put_off || epoch.all_parked()) return Reason::retry;
  if (epoch.ahead_paused) return Reason::max_ahead;
  const bool full =
      epoch.full_since != MonotonicTime{} && state.clock.now() >= epoch.full_since + kForAMoment;
  return full ? std::optional(Reason::backpressure) : std::nullopt;
}

}  // namespace tidegate
