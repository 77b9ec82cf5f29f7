// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/probe.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/base/child_run.hpp"
#include "host/handle/plugin/lent_copy.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/plugin/probe_protocol.hpp"

namespace tidegate {
namespace {

// What the child has told of itself, line by line.
struct Told {
  std::string stage = std::string(probe::kStart);  // in which it ended
  bool passed = false;
  std::optional<nlohmann::json> refused;
};

Told read_answer(std::string_view answer) {
  Told told;
  while (!answer.empty()) {
    const std::string_view line = answer.substr(0, answer.find('\n'));
    answer.remove_prefix(std::min(answer.size(), line.size() + 1));
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;  // the child was ended in the middle of it
    if (json.contains("stage")) told.stage = json["stage"].get<std::string>();
    if (json.contains("passed")) told.passed = true;
    if (json.contains("refused")) told.refused = json["refused"];
  }
  return told;
}

RefusedReason reason_of(std::string_view text) {
  const auto* const found = std::find(kRefusedReasonNames.begin(), kRefusedReasonNames.end(), text);
  return found == kRefusedReasonNames.end()
             ? RefusedReason::probe_crashed
             : static_cast<RefusedReason>(found - kRefusedReasonNames.begin());
}

std::string doing(const std::string& stage) {
  if (stage == probe::kLoad) return " while its library was loaded (static constructors)";
  if (stage == probe::kCreate) return " in create";
  if (stage == probe::kDestroy) return " in destroy";
  return " before it was loaded";
}

}  // namespace

std::string last_words(std::string_view output) {
  constexpr std::size_t kMost = 400;
  std::string text(output.substr(output.size() - std::min(output.size(), kMost)));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return ". It printed: " + text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

std::string probe_plugin(const config::Pipeline& pipeline, const std::filesystem::path& state_dir) {
  const config::Plugin& plugin = pipeline.plugin;
  ChildSpec spec;
  spec.command = kProbeCommand;
  spec.user = worker_user(pipeline);
  if (pipeline.isolation == config::Isolation::process)
    spec.environment = ChildSpec::Environment::scrubbed;
  const PluginFacts facts = prepare_plugin(plugin, state_dir);
  const Descriptor folder = folder_of_copy(facts.copy);
  spec.descriptors = {folder.get()};
  const nlohmann::json request = {
      {"library", copy_for_child(facts.copy, spec.user, kRunDescriptors)},
      {"sha256", facts.sha256},
      {"config", plugin.config_json},
      {"pipeline", pipeline.name}};
  const ChildRun run = run_child(spec, request.dump(), plugin.probe_timeout);
  const Told told = read_answer(run.answer);
  if (told.refused) {
    throw PluginRefused(plugin.path, reason_of(told.refused->value("reason", "")),
                        told.refused->value("problem", ""), told.refused->value("cure", ""));
  }
  const std::string how = "tried in a process of its own, it " +
                          run.in_words(plugin.probe_timeout) + doing(told.stage) +
                          last_words(run.output);
  if (run.end == ChildRun::End::time_limit) {
    throw PluginRefused(plugin.path, RefusedReason::probe_hung, how,
                        "mend what it waits for (a server that is not there?), or give it more "
                        "time: plugin.probe_timeout");
  }
  if (told.passed && run.exit.clean()) return facts.sha256;
  throw PluginRefused(plugin.path, RefusedReason::probe_crashed, how,
                      "mend it; `tidegate plugin test` runs it in the foreground, also under a "
                      "debugger");
}

}  // namespace tidegate
