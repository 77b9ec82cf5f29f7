// SPDX-License-Identifier: Apache-2.0
#include "host/handle/handler_figures.hpp"

namespace tidegate {

void HandlerFigures::add(const SlotStats& stats) {
  // The other way round than they are written (call_notes.cpp): `none` and excused after failures.
  for (std::size_t kind = calls.size(); kind-- > 1;)
    calls[kind] += stats.calls(static_cast<ErrorKind>(kind));
  excused += stats.excused();
  calls[0] += stats.calls(ErrorKind::none);
  duration.add(stats.duration.read());
  age.add(stats.age.read());
  retry_lateness.add(stats.retry_lateness.read());
  failure_duration.add(stats.failure_duration.read());
}

void HandlerFigures::add_to(metrics::PipelineSnapshot& snapshot) const {
  for (std::size_t kind = 0; kind < calls.size(); ++kind)
    snapshot.handler_calls[kind] += calls[kind];
  snapshot.handler_duration.add(duration);
  snapshot.message_age.add(age);
  snapshot.retry_lateness.add(retry_lateness);
  // Of what was handled in the end; consumers have the rest.
  snapshot.totals.failure_duration.add(failure_duration);
  snapshot.worker_deaths += worker_deaths;
  snapshot.worker_failed_starts += worker_failed_starts;
}

}  // namespace tidegate
