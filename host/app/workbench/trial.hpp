// SPDX-License-Identifier: Apache-2.0
//
// What the checks of `tidegate plugin validate` have to work with, in the child process of one
// check: the plugin, loaded; its configuration; messages; ways to call it that fail the check where
// the contract is broken. Thread rule: one thread, but for call().
#pragma once

#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/app/workbench/driver.hpp"
#include "host/handle/plugin/plugin_instance.hpp"

namespace tidegate::workbench {

// What is wrong with the plugin.
struct CheckFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// How often there was which answer.
using Tally = std::map<std::string, std::uint64_t>;
// "3 ok, 1 dead_letter".
[[nodiscard]] std::string tally_text(const Tally& tally);

struct TrialSetup {
  std::filesystem::path plugin;
  std::filesystem::path state_dir;
  std::string config_json;
  std::string messages;  // JSON lines; empty: some of our own
  Duration time_limit{};
};

class Trial {
 public:
  // Loads the library. Throws PluginRefused.
  explicit Trial(const TrialSetup& setup);

  [[nodiscard]] const PluginLibrary& library() const { return *library_; }
  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }
  // Ordinary messages, changed by the caller.
  [[nodiscard]] std::vector<Sample> changed(void (*change)(Sample&)) const;

  [[nodiscard]] std::unique_ptr<PluginInstance> create();
  [[nodiscard]] std::unique_ptr<PluginInstance> create(const std::string& config_json);

  // Calls handle for each message and, where the plugin has it, handle_batch for all of them. One
  // instance, one thread at a time unless the plugin is thread-safe. Throws CheckFailed.
  Tally call(const PluginInstance& plugin, std::span<const Sample> samples) const;
  // Whether so much of the check's time is over that it should come to its end.
  [[nodiscard]] bool time_is_short() const;

 private:
  const Duration time_limit_;
  const MonotonicTime begin_;
  const std::string config_json_;
  PluginMetrics metrics_;
  std::shared_ptr<const PluginLibrary> library_;
  std::vector<Sample> samples_;
};

}  // namespace tidegate::workbench
