// SPDX-License-Identifier: Apache-2.0
//
// Prints the messages it sees on standard output, or counts them in the host's log. Configuration:
// README.md. One object serves all slots, so that there is one count.
#include <unistd.h>
#include <tidegate/plugin.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "plugins/shared/escape.hpp"
#include "plugins/shared/json_config.hpp"

namespace {

enum class Mode : std::uint8_t { print, count };

struct Config {
  Mode mode;
  std::uint64_t every;
  std::size_t max_bytes;
  bool headers;

  explicit Config(std::string_view json) {
    plugins::JsonConfig config(json);
    const std::string name = config.text("mode", "print");
    if (name != "print" && name != "count") {
      plugins::JsonConfig::refuse("mode", R"("print" or "count" is needed)");
    }
    mode = name == "print" ? Mode::print : Mode::count;
    every = config.count("every", mode == Mode::print ? 1 : 10'000);
    if (every == 0) plugins::JsonConfig::refuse("every", "1 or more is needed");
    max_bytes = static_cast<std::size_t>(config.count("max_bytes", 200));
    headers = config.flag("headers", false);
    config.finish();
  }
};

// One write(2) per line, so that lines of several slots do not mix.
void print_line(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw std::runtime_error("standard output cannot be written");
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

class Log {
 public:
  static constexpr bool kThreadSafe = true;

  Log(tidegate::Host host, std::string_view config_json)
      : host_(host),
        config_(config_json),
        messages_(host.counter("log_messages_total", "Messages the log plugin has seen.")),
        bytes_(
            host.counter("log_bytes_total", "Bytes of keys and values the log plugin has seen.")) {}

  bool handle(const tidegate::Message& message) {
    const std::size_t size = message.key().size() + message.value().size();
    const std::uint64_t seen = seen_.fetch_add(1, std::memory_order_relaxed) + 1;
    const std::uint64_t seen_bytes = seen_bytes_.fetch_add(size, std::memory_order_relaxed) + size;
    messages_.add();
    bytes_.add(static_cast<double>(size));
    if (seen % config_.every != 0) return true;
    if (config_.mode == Mode::print) {
      print_line(line_of(message));
    } else {
      host_.info("seen " + std::to_string(seen) + " messages, " + std::to_string(seen_bytes) +
                 " bytes of keys and values");
    }
    return true;
  }

 private:
  std::string line_of(const tidegate::Message& message) const {
    std::string line(message.topic());
    line += '[' + std::to_string(message.partition()) + "]@" + std::to_string(message.offset());
    append(line, " key", message.has_key(), message.key());
    append(line, " value", message.has_value(), message.value());
    if (config_.headers) {
      for (const tidegate::Header header : message.headers()) {
        line += " header:";
        plugins::append_escaped(line, header.name, config_.max_bytes);
        append(line, "", header.has_value, header.value);
      }
    }
    if (message.attempt() > 1) line += " attempt=" + std::to_string(message.attempt());
    return line + '\n';
  }

  void append(std::string& line, std::string_view name, bool there, std::string_view bytes) const {
    line += name;
    if (!there) {
      line += "(none)";
      return;
    }
    line += '=';
    plugins::append_escaped(line, bytes, config_.max_bytes);
    if (bytes.size() > config_.max_bytes) line += "...(" + std::to_string(bytes.size()) + " bytes)";
  }

  const tidegate::Host host_;
  const Config config_;
  const tidegate::Counter messages_;
  const tidegate::Counter bytes_;
  std::atomic<std::uint64_t> seen_{0};
  std::atomic<std::uint64_t> seen_bytes_{0};
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Log, "log", "0.1.0")
