// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "plugins/ledger/book.hpp"
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
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0)
    throw std::system_error(errno, std::generic_category(), "plugin.config.path: " + path);
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
  fail_on = config.text("fail_on", "");
  values = config.flag("values", true);
  config.finish();
}

Book::Book(std::string_view config_json)
    : config_(config_json),
      file_(open_file(config_.path)),
      tail_('\t' + std::to_string(::getpid()) + '\t' + std::to_string(++instances) + '\n') {}

Book::~Book() { ::close(file_); }

void Book::wait_at_gate(const tidegate::Message& message) const {
  if (config_.gate.empty()) return;
  if (!config_.gate_key.empty() && message.key() != config_.gate_key) return;
  while (::access(config_.gate.c_str(), F_OK) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

bool Book::enter(const tidegate::Message& message, std::string& lines) const {
  const std::int64_t begin_ns = monotonic_ns();
  wait_at_gate(message);
  if (config_.delay.count() > 0) std::this_thread::sleep_for(config_.delay);
  if (!config_.fail_on.empty() && message.value() == config_.fail_on) return false;
  plugins::append_escaped(lines, message.topic());
  lines +=
      '\t' + std::to_string(message.partition()) + '\t' + std::to_string(message.offset()) + '\t';
  append_bytes(lines, message.has_key(), message.key());
  lines += '\t';
  append_bytes(lines, config_.values && message.has_value(), message.value());
  lines += '\t' + std::to_string(message.attempt()) + '\t' + std::to_string(begin_ns) + '\t' +
           std::to_string(monotonic_ns()) + tail_;
  return true;
}

void Book::write(std::string_view lines) const {
  if (lines.empty()) return;
  // One write: with O_APPEND the lines of several slots and processes do not mix.
  ssize_t written = -1;
  do {
    written = ::write(file_, lines.data(), lines.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) throw std::system_error(errno, std::generic_category(), "ledger: write");
  if (static_cast<std::size_t>(written) != lines.size()) {
    throw std::runtime_error("ledger: a line was cut, the disk is full");
  }
}

}  // namespace ledger
