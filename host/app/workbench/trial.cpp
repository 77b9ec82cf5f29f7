// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/trial.hpp"

#include <sstream>

#include "host/app/workbench/sample_file.hpp"
#include "host/app/workbench/watch.hpp"

namespace tidegate::workbench {
namespace {

// Where nobody gave any: a document, a text, a second attempt.
constexpr const char* kOrdinary = R"(
{"key": "customer-1", "value": {"id": 1, "article": "lamp", "price": 12.5}, "headers": {"trace": "4bf92f3577b34da6"}}
{"key": "customer-2", "value": "a text"}
{"key": "customer-3", "value": {"id": 2}, "attempt": 2}
)";

std::vector<Sample> samples_of(const std::string& messages) {
  std::istringstream lines(messages.empty() ? kOrdinary : messages);
  return read_samples(lines, "messages");
}

}  // namespace

std::string tally_text(const Tally& tally) {
  std::string text;
  for (const auto& [answer, count] : tally)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + answer;
  return text;
}

Trial::Trial(const TrialSetup& setup)
    : time_limit_(setup.time_limit),
      begin_(system_clock().now()),
      config_json_(setup.config_json),
      library_(open_library(setup.plugin, setup.state_dir)),
      samples_(samples_of(setup.messages)) {}

std::vector<Sample> Trial::changed(void (*change)(Sample&)) const {
  std::vector<Sample> samples = samples_;
  for (Sample& sample : samples) change(sample);
  return samples;
}

std::unique_ptr<PluginInstance> Trial::create() { return create(config_json_); }

std::unique_ptr<PluginInstance> Trial::create(const std::string& config_json) {
  return std::make_unique<PluginInstance>(library_, "validate", config_json, metrics_);
}

Tally Trial::call(const PluginInstance& plugin, std::span<const Sample> samples) const {
  Watch watch(plugin);
  Tally tally;
  for (const std::uint32_t batch : {0U, static_cast<std::uint32_t>(samples.size())}) {
    if (batch > 0 && plugin.table().handle_batch == nullptr) break;
    Driver driver(watch.table(), watch.instance(), {batch, time_limit_ / 2});
    for (const Answer& answer : driver.handle(samples)) ++tally[answer_name(answer)];
  }
  const auto breaches = watch.breaches();
  if (breaches.empty()) return tally;
  std::string text;
  for (const std::string& breach : breaches) text += (text.empty() ? "" : "; ") + breach;
  throw CheckFailed(text);
}

bool Trial::time_is_short() const { return system_clock().now() - begin_ > time_limit_ * 3 / 4; }

}  // namespace tidegate::workbench
