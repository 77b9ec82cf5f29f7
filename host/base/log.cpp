// SPDX-License-Identifier: Apache-2.0
#include "host/base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <memory>

#include "host/base/log_format.hpp"
#include "host/base/mutex.hpp"

namespace tidegate::log {
namespace {

constexpr std::string_view kClearLine = "\r\x1b[K";

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody reads stderr; there is no other place to say so
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Writes each line with one write(2), so that lines of several processes do not mix, and keeps the
// status line below the last log line. Lines come formatted (log_format.hpp).
class StderrSink final : public spdlog::sinks::sink {
 public:
  void set_status(std::string_view status) {
    const MutexLock lock(mutex_);
    const std::string before = status_.empty() ? "" : std::string(kClearLine);
    status_ = status;
    write_all(before + status_);
  }

  void log(const spdlog::details::log_msg& message) override {
    const MutexLock lock(mutex_);
    std::string bytes;
    if (!status_.empty()) bytes += kClearLine;
    bytes.append(message.payload.data(), message.payload.size()).append("\n").append(status_);
    write_all(bytes);
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  Mutex mutex_;
  std::string status_ TIDEGATE_GUARDED_BY(mutex_);
};

// The one logger of the process. It lives until the process ends: threads may log while statics
// die.
struct State {
  std::shared_ptr<StderrSink> sink = std::make_shared<StderrSink>();
  spdlog::logger logger{"tidegate", sink};
  std::atomic<Format> format{Format::text};
  std::atomic<Colour> colour{isatty(STDERR_FILENO) != 0 ? Colour::on : Colour::off};
  std::array<std::atomic<std::uint64_t>, 4> written{};
};

State& state() {
  static State* const kState = new State;
  return *kState;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::error: return spdlog::level::err;
    case Level::warn: return spdlog::level::warn;
    case Level::info: return spdlog::level::info;
    case Level::debug: return spdlog::level::debug;
  }
  return spdlog::level::info;
}

}  // namespace

void configure(Level level, Format format) {
  state().logger.set_level(spdlog_level(level));
  state().format.store(format, std::memory_order_relaxed);
}

bool enabled(Level level) { return state().logger.should_log(spdlog_level(level)); }

void write(Level level, std::string_view event, std::string_view text, Fields fields) {
  if (!enabled(level)) return;
  State& s = state();
  const Line line{std::chrono::system_clock::now(), level, event, text, fields};
  const std::string bytes = s.format.load(std::memory_order_relaxed) == Format::json
                                ? format_json(line)
                                : format_text(line, s.colour.load(std::memory_order_relaxed));
  s.written.at(static_cast<std::size_t>(level)).fetch_add(1, std::memory_order_relaxed);
  s.logger.log(spdlog_level(level), spdlog::string_view_t(bytes.data(), bytes.size()));
}

std::uint64_t lines_written(Level level) {
  return state().written.at(static_cast<std::size_t>(level)).load(std::memory_order_relaxed);
}

void set_status(std::string_view status) { state().sink->set_status(status); }

}  // namespace tidegate::log
