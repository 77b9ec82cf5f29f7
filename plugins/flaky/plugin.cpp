// SPDX-License-Identifier: Apache-2.0
//
// Fails, throws or stalls for a share of the messages, always for the same ones, or as a message's
// own header says. Configuration: README.md.
#include <tidegate/plugin.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "plugins/shared/json_config.hpp"

namespace {

// FNV-1a, then a finalizer that spreads every bit (splitmix64's). Fixed, so that a seed means the
// same messages on every machine.
class Hash {
 public:
  explicit Hash(std::uint64_t seed) { add(seed); }
  void add(std::string_view bytes) {
    for (const char c : bytes) {
      state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
  }
  void add(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      state_ = (state_ ^ ((number >> shift) & 0xffU)) * 0x100000001b3ULL;
    }
  }
  // Evenly spread in [0, 1).
  double share() const {
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    mixed ^= mixed >> 31U;
    return static_cast<double>(mixed >> 11U) * 0x1.0p-53;
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

struct Config {
  std::uint64_t seed;
  double fail_ratio, throw_ratio, stall_ratio;
  std::chrono::milliseconds stall;
  bool by_key, fail_with_false, headers;
  std::uint64_t failing_attempts;

  explicit Config(std::string_view json) {
    plugins::JsonConfig config(json);
    seed = config.count("seed", 1);
    fail_ratio = config.ratio("fail_ratio", 0.01);
    throw_ratio = config.ratio("throw_ratio", 0);
    stall_ratio = config.ratio("stall_ratio", 0);
    if (fail_ratio + throw_ratio + stall_ratio > 1) {
      plugins::JsonConfig::refuse("fail_ratio",
                                  "with throw_ratio and stall_ratio it is more than 1");
    }
    stall = config.duration("stall", std::chrono::milliseconds(100));
    by_key = one_of(config, "by", "offset", "key");
    fail_with_false = one_of(config, "fail_with", "status", "false");
    failing_attempts = config.count("failing_attempts", 0);
    headers = config.flag("headers", true);
    config.finish();
  }

 private:
  // Whether the key has the second of two values; the first is the default.
  static bool one_of(plugins::JsonConfig& config, const std::string& key, const std::string& first,
                     const std::string& second) {
    const std::string value = config.text(key, first);
    if (value != first && value != second) {
      plugins::JsonConfig::refuse(key, '"' + first + "\" or \"" + second + "\" is needed");
    }
    return value == second;
  }
};

class Flaky {
 public:
  Flaky(tidegate::Host host, std::string_view config_json)
      : config_(config_json),
        failures_(host.counter("flaky_failures_total", "Messages that flaky failed on purpose.")) {}

  tidegate::Result handle(const tidegate::Message& message) {
    if (config_.headers) {
      if (const auto header = message.headers().find("flaky")) return obey(header->value);
    }
    if (config_.failing_attempts != 0 && message.attempt() > config_.failing_attempts) return true;
    double share = share_of(message);
    if (share < config_.fail_ratio) return fail();
    share -= config_.fail_ratio;
    if (share < config_.throw_ratio) raise();
    share -= config_.throw_ratio;
    if (share < config_.stall_ratio) std::this_thread::sleep_for(config_.stall);
    return true;
  }

 private:
  double share_of(const tidegate::Message& message) const {
    Hash hash(config_.seed);
    if (config_.by_key) {
      hash.add(message.key());
    } else {
      hash.add(message.topic());
      hash.add(static_cast<std::uint64_t>(message.partition()));
      hash.add(static_cast<std::uint64_t>(message.offset()));
    }
    return hash.share();
  }

  tidegate::Result fail() {
    failures_.add();
    if (config_.fail_with_false) return false;
    return tidegate::Result::fail("flaky: this message is one of those that fail");
  }

  [[noreturn]] void raise() {
    failures_.add();
    throw std::runtime_error("flaky: this message is one of those that throw");
  }

  // "<answer>" or "<answer>:<milliseconds>".
  tidegate::Result obey(std::string_view instruction) {
    const std::size_t colon = instruction.find(':');
    const std::string_view verb = instruction.substr(0, colon);
    if (verb == "ok") return true;
    if (verb == "stall") {
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_of(instruction, colon)));
      return true;
    }
    if (verb == "throw") raise();
    failures_.add();
    constexpr std::string_view kReason = "flaky: as the message's header says";
    if (verb == "false") return false;
    if (verb == "fail") return tidegate::Result::fail(kReason);
    if (verb == "drop") return tidegate::Result::drop(kReason);
    if (verb == "dead_letter") return tidegate::Result::dead_letter(kReason);
    if (verb == "retry_after") {
      return tidegate::Result::retry_after(milliseconds_of(instruction, colon), kReason);
    }
    if (verb == "pause") {
      return tidegate::Result::pause(milliseconds_of(instruction, colon), kReason);
    }
    throw std::invalid_argument(
        "flaky: its header is not one of ok, false, fail, throw, drop, "
        "dead_letter, stall:<ms>, retry_after:<ms>, pause:<ms>");
  }

  static std::uint32_t milliseconds_of(std::string_view instruction, std::size_t colon) {
    std::uint32_t number = 0;
    const char* const end = instruction.data() + instruction.size();
    const char* const begin =
        colon == std::string_view::npos ? end : instruction.data() + colon + 1;
    const auto [stop, error] = std::from_chars(begin, end, number);
    if (error != std::errc() || stop != end) {
      throw std::invalid_argument("flaky: its header needs milliseconds, such as stall:100");
    }
    return number;
  }

  const Config config_;
  const tidegate::Counter failures_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Flaky, "flaky", "0.1.0")
