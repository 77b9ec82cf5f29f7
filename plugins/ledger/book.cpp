// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "plugins/ledger/book.hpp"
#include "plugins/ledger/ruin.hpp"
#include "plugins/shared/escape.hpp"
#include "plugins/shared/json_config.hpp"

namespace ledger {
namespace {

std::atomic<unsigned> instances{0};

std::int64_t monotonic_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

void append_bytes(std::string& line, bool there, std::string_view bytes) {
  if (!there) {
    line += '-';
  } else if (bytes == "-") {
    line += "%2D";  // a lone dash means absent
  } else {
    plugins::append_escaped(line, bytes);
  }
}

int open_file(const std::string& path) {
  if (path.empty()) return -1;
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "plugin.config: " + path);
  return file;
}

}  // namespace

Config::Config(std::string_view json) {
  plugins::JsonConfig config(json);
  path = config.text("path", "");
  if (path.empty()) plugins::JsonConfig::refuse("path", "the file to append to is needed");
  delay = std::chrono::microseconds(config.count("delay_us", 0));
  gate = config.text("gate", "");
  gate_key = config.text("gate_key", "");
  outage = config.text("outage", "");
  fail_on = config.text("fail_on", "");
  attempts = config.text("attempts", "");
  headers = config.flag("headers", false);
  try {
    fail_with = way_to_fail(config.text("fail_with", std::string(word(Verb::status))));
  } catch (const std::invalid_argument& wrong) {
    plugins::JsonConfig::refuse("fail_with", wrong.what());
  }
  values = config.flag("values", true);
  emit_to = config.text("emit_to", "");
  config.finish();
}

void Lines::clear() {
  handled.clear();
  attempts.clear();
}

AppendFile::AppendFile(const std::string& path) : path_(path), file_(open_file(path)) {}

AppendFile::~AppendFile() {
  if (is_there()) ::close(file_);
}

void AppendFile::append(std::string_view lines) {
  if (lines.empty()) return;
  // One write: with O_APPEND the lines of several slots and processes do not mix.
  ssize_t written = -1;
  do {
    written = ::write(file_, lines.data(), lines.size());
    // A message of a test has closed it (ruin.hpp).
    if (written < 0 && errno == EBADF)
      written = ::write(file_ = open_file(path_), lines.data(), lines.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) throw std::system_error(errno, std::generic_category(), "ledger: write");
  if (static_cast<std::size_t>(written) != lines.size()) {
    throw std::runtime_error("ledger: a line was cut, the disk is full");
  }
}

Book::Book(tidegate::Host host, std::string_view config_json)
    : config_(config_json),
      handled_(config_.path),
      attempts_(config_.attempts),
      emit_(config_.emit_to.empty() ? std::nullopt : std::optional<tidegate::Emit>(host)),
      tail_('\t' + std::to_string(::getpid()) + '\t' + std::to_string(++instances) +
            (habit_.vice == Habit::Vice::none && habit_.every > 0
                 ? '/' + std::to_string(habit_.every)
                 : std::string())) {}

void Book::emit(const tidegate::Message& message) const {
  if (!emit_.has_value()) return;
  const std::string from = std::string(message.topic()) + '/' +
                           std::to_string(message.partition()) + '/' +
                           std::to_string(message.offset());
  tidegate::Output output{config_.emit_to, std::nullopt, std::nullopt};
  if (message.has_key()) output.key = message.key();
  if (message.has_value()) output.value = message.value();
  output.headers.push_back({"from", from, true});
  (*emit_)(message, output);
}

void Book::wait_at_gate(const tidegate::Message& message) const {
  if (config_.gate.empty()) return;
  if (!config_.gate_key.empty() && message.key() != config_.gate_key) return;
  while (::access(config_.gate.c_str(), F_OK) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

Fate Book::fate_of(const tidegate::Message& message) const {
  if (!config_.outage.empty() && ::access(config_.outage.c_str(), F_OK) == 0)
    return {config_.fail_with, 0};
  if (!config_.fail_on.empty() && message.value() == config_.fail_on) return {config_.fail_with, 0};
  if (!config_.headers) return {};
  const auto instruction = message.headers().find("ledger");
  return instruction ? obey(instruction->value, message.attempt(), config_.fail_with) : Fate{};
}

Fate Book::with_habit(Fate fate) {
  if (!habit_.has_its_turn(++attempts_made_)) return fate;
  if (habit_.vice == Habit::Vice::abort) (void)ruin("abort");
  return {config_.fail_with, 0};
}

Fate Book::enter(const tidegate::Message& message, Lines& lines) {
  const std::int64_t begin_ns = monotonic_ns();
  wait_at_gate(message);
  if (config_.delay.count() > 0) std::this_thread::sleep_for(config_.delay);
  Fate fate = with_habit(fate_of(message));
  const bool handled = fate.verb == Verb::ok;
  if (!handled && !attempts_.is_there()) return fate;
  std::string line;
  plugins::append_escaped(line, message.topic());
  line +=
      '\t' + std::to_string(message.partition()) + '\t' + std::to_string(message.offset()) + '\t';
  append_bytes(line, message.has_key(), message.key());
  line += '\t';
  append_bytes(line, config_.values && message.has_value(), message.value());
  line += '\t' + std::to_string(message.attempt()) + '\t' + std::to_string(begin_ns) + '\t' +
          std::to_string(monotonic_ns()) + tail_;
  if (handled) lines.handled += line + '\n';
  if (attempts_.is_there()) {
    if (!handled) fate.attempt = std::to_string(::getpid()) + '/' + std::to_string(begin_ns);
    line += '\t' + std::to_string(message.timestamp_ms()) + '\t';
    line += word(fate.verb);
    lines.attempts += line + '\n';
  }
  return fate;
}

void Book::write(const Lines& lines) {
  attempts_.append(lines.attempts);
  handled_.append(lines.handled);
}

}  // namespace ledger
