// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/checks.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <iterator>
#include <thread>
#include <vector>

#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate::workbench {
namespace {

constexpr int kCycles = 100;
constexpr std::size_t kMebibyte = std::size_t{1} << 20U;

std::string call_one_instance(Trial& trial, const std::vector<Sample>& samples) {
  const auto plugin = trial.create();
  return tally_text(trial.call(*plugin, samples));
}

std::string ordinary(Trial& trial) { return call_one_instance(trial, trial.samples()); }

std::string absent_key(Trial& trial) {
  return call_one_instance(trial, trial.changed([](Sample& sample) { sample.key.reset(); }));
}

std::string absent_value(Trial& trial) {
  return call_one_instance(trial, trial.changed([](Sample& sample) { sample.value.reset(); }));
}

std::string empty_value(Trial& trial) {
  return call_one_instance(trial, trial.changed([](Sample& sample) {
    sample.key = "";
    sample.value = "";
  }));
}

std::string large_value(Trial& trial) {
  return call_one_instance(trial, trial.changed([](Sample& sample) {
    sample.value = '"' + std::string(kMebibyte - 2, 'x') + '"';
  }));
}

std::string many_headers(Trial& trial) {
  return call_one_instance(trial, trial.changed([](Sample& sample) {
    sample.headers.clear();
    for (int i = 0; i < 1000; ++i) {
      const bool absent = i % 10 == 0;
      sample.headers.push_back({"header-" + std::to_string(i / 2),
                                absent ? std::nullopt : std::optional(std::string(64, 'h'))});
    }
  }));
}

std::size_t entries_of(const char* folder) {
  const std::filesystem::directory_iterator entries(folder);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// The first cycles may start what lasts: pools of a language's runtime, files opened once.
std::string create_and_destroy(Trial& trial) {
  constexpr int kSettled = 10;
  std::size_t threads = 0;
  std::size_t files = 0;
  int cycles = 0;
  for (; cycles < kCycles && !(cycles > kSettled && trial.time_is_short()); ++cycles) {
    const auto plugin = trial.create();
    (void)trial.call(*plugin, std::span(trial.samples()).first(1));
    if (cycles != kSettled) continue;
    threads = entries_of("/proc/self/task");
    files = entries_of("/proc/self/fd");
  }
  // Counted at kSettled while an instance was alive, now when none is.
  const std::size_t threads_left = entries_of("/proc/self/task");
  const std::size_t files_left = entries_of("/proc/self/fd");
  const std::string times = std::to_string(cycles) + " times";
  if (threads_left > threads) {
    throw CheckFailed("threads are left behind by destroy: " + std::to_string(threads) + " after " +
                      std::to_string(kSettled) + " instances, " + std::to_string(threads_left) +
                      " after " + std::to_string(cycles) + "; join them in destroy");
  }
  if (files_left > files) {
    throw CheckFailed("open files are left behind by destroy: " + std::to_string(files) +
                      " after " + std::to_string(kSettled) + " instances, " +
                      std::to_string(files_left) + " after " + std::to_string(cycles));
  }
  return cycles == kCycles ? times : times + ", for more there was no time";
}

std::string two_instances(Trial& trial) {
  auto first = trial.create();
  const auto second = trial.create();
  Tally tally;
  const auto call = [&](const PluginInstance& plugin, const Sample& sample) {
    for (const auto& [answer, count] : trial.call(plugin, std::span(&sample, 1)))
      tally[answer] += count;
  };
  for (const Sample& sample : trial.samples()) {
    call(*first, sample);
    call(*second, sample);
  }
  first.reset();
  for (const Sample& sample : trial.samples()) call(*second, sample);
  return tally_text(tally);
}

// Runs a part of a check on another thread; what it throws comes out here.
class OnThread {
 public:
  template <class Call>
  explicit OnThread(Call call)
      : thread_([this, call] {
          try {
            call();
          } catch (...) {
            thrown_ = std::current_exception();
          }
        }) {}
  void join() {
    thread_.join();
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  std::exception_ptr thrown_;
  std::jthread thread_;  // last: joined before what it uses goes away
};

std::string changing_threads(Trial& trial) {
  const auto plugin = trial.create();
  for (int round = 0; round < 4; ++round) {
    for (const Sample& sample : trial.samples()) {
      OnThread([&] { (void)trial.call(*plugin, std::span(&sample, 1)); }).join();
    }
  }
  if (!trial.library().thread_safe()) return "one call after the other, each on a new thread";
  std::vector<std::unique_ptr<OnThread>> threads;
  for (int i = 0; i < 4; ++i) {
    threads.push_back(std::make_unique<OnThread>([&] {
      for (int round = 0; round < 50 && !trial.time_is_short(); ++round)
        (void)trial.call(*plugin, trial.samples());
    }));
  }
  for (const auto& thread : threads) thread->join();
  return "each call on a new thread; then, as it says that it is thread-safe, four at once";
}

// What parsers stumble over. A broker delivers all of it.
std::vector<Sample> odd_messages() {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  std::vector<Sample> samples;
  for (std::string value :
       {all_bytes, std::string(64, '\xFF'), std::string(64, '\0'), std::string(R"({"id": )"),
        std::string("1e999999"), std::string("null"), std::string("[]"), std::string("{}"),
        std::string(10'000, '['), std::string(R"({"id":)") + std::string(400, '9') + "}"}) {
    Sample sample;
    sample.key = value;
    sample.value = std::move(value);
    sample.headers = {{"odd", sample.value}, {"", std::nullopt}};
    sample.offset = static_cast<std::int64_t>(samples.size());
    samples.push_back(std::move(sample));
  }
  return samples;
}

std::string exceptions(Trial& trial) {
  std::string text = call_one_instance(trial, odd_messages());
  try {
    (void)trial.create(R"({"tidegate_no_such_key": [1, null, "x"]})");
  } catch (const PluginRefused& refused) {
    if (refused.problem().find("across the C ABI") != std::string::npos)
      throw CheckFailed("create let an exception out across the C ABI");
    if (refused.problem().find("no reason given") != std::string::npos)
      throw CheckFailed("create refused a configuration without a reason: write error->reason");
    text += "; create refuses a key that it does not know";
  }
  return text;
}

// Every check tells the handler a deadline; this one gives it time to miss it.
std::string deadline(Trial& trial) {
  const auto plugin = trial.create();
  Tally tally;
  for (int round = 0; round < 10 && !trial.time_is_short(); ++round) {
    for (const auto& [answer, count] : trial.call(*plugin, trial.samples())) tally[answer] += count;
  }
  return tally_text(tally);
}

constexpr std::array<Check, 11> kChecks = {{
    {"ordinary", "ordinary messages", &ordinary},
    {"absent-key", "messages without a key", &absent_key},
    {"absent-value", "messages without a value (tombstones)", &absent_value},
    {"empty-value", "empty keys and values", &empty_value},
    {"large-value", "values of 1 MiB", &large_value},
    {"many-headers", "1,000 headers, names twice, values absent", &many_headers},
    {"create-destroy", "100 instances, one after the other", &create_and_destroy},
    {"two-instances", "two instances at once", &two_instances},
    {"threads", "calls from changing threads", &changing_threads},
    {"exception", "bytes that are no text and no JSON: nothing is thrown across the ABI",
     &exceptions},
    {"deadline", "calls come back before their deadline", &deadline},
}};

}  // namespace

std::span<const Check> all_checks() { return kChecks; }

const Check* find_check(std::string_view name) {
  const auto* const found =
      std::find_if(kChecks.begin(), kChecks.end(), [&](const Check& c) { return c.name == name; });
  return found == kChecks.end() ? nullptr : found;
}

}  // namespace tidegate::workbench
