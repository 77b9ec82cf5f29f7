// SPDX-License-Identifier: Apache-2.0
//
// A plugin's log lines on their way from a worker to the host: one datagram each, a level and a
// text. Nobody waits: where the host is behind, lines are counted and left out. Thread rule:
// LogSocket [any] in the worker; read_log_line one thread of the host.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/log.hpp"
#include "host/handle/plugin/plugin_log.hpp"

namespace tidegate {

class LogSocket final : public PluginLog {
 public:
  // The descriptor outlives it.
  LogSocket(int descriptor, log::Level most_detailed)
      : descriptor_(descriptor), most_detailed_(most_detailed) {}

  [[nodiscard]] bool enabled(log::Level level) const override { return level <= most_detailed_; }
  void write(log::Level level, std::string_view text) const override;

 private:
  const int descriptor_;
  const log::Level most_detailed_;
  mutable std::atomic<std::uint64_t> left_out_{0};
};

struct LogLine {
  log::Level level;
  std::string text;
};

// The next line, if one is there: whatever the worker sent, its level is one of ours and its text
// has a bounded size.
[[nodiscard]] std::optional<LogLine> read_log_line(int descriptor);

}  // namespace tidegate
