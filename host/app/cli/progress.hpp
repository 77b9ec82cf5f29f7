// SPDX-License-Identifier: Apache-2.0
//
// The one line that `run` and `demo` keep on a terminal: rate, lag, what failed, what is in flight;
// or what the host is waiting for. Thread rule: [main].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/clock.hpp"
#include "host/base/metrics/snapshot.hpp"

namespace tidegate::cli {

// Makes the line's text from successive snapshots; remembers the last one for the rate.
class Progress {
 public:
  explicit Progress(MonotonicTime start) : last_time_(start) {}
  // The rate is that since the line before, or since the start.
  [[nodiscard]] std::string line(const std::vector<metrics::PipelineSnapshot>& pipelines,
                                 MonotonicTime now);

 private:
  MonotonicTime last_time_;
  std::uint64_t last_finished_ = 0;
};

// Keeps the line below the log lines of the terminal behind stderr; removes it at its end. Does
// nothing where stderr is no terminal.
class ProgressDisplay {
 public:
  enum class Show : std::uint8_t { on_terminal, never };

  // every: the line is renewed no more often than that.
  ProgressDisplay(Show show, Duration every);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void update(const std::vector<metrics::PipelineSnapshot>& pipelines, MonotonicTime now);
  void clear();

 private:
  const bool shown_;
  const Duration every_;
  Progress progress_;
  MonotonicTime last_update_;
};

// Cut to so many columns of ASCII, so that the line never wraps and can be rewritten in place.
[[nodiscard]] std::string fit(std::string_view line, std::size_t columns);

}  // namespace tidegate::cli
