// SPDX-License-Identifier: Apache-2.0
#include "host/handle/swap/plugin_source.hpp"

#include <utility>

#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/plugin/probe.hpp"

namespace tidegate {
namespace {

// As at the start, so that what a restart would take a reload takes, and nothing else.
void probe(const config::Pipeline& pipeline, const PluginFacts& facts,
           const std::filesystem::path& state_dir) {
  if (probe_plugin(pipeline, state_dir) == facts.sha256) return;
  throw PluginRefused(
      pipeline.plugin.path, RefusedReason::damaged,
      "its file became another one while it was being looked at",
      "move a whole file over it instead of writing into it, then reload once more");
}

}  // namespace

PluginFacts read_and_prove(const config::Pipeline& pipeline,
                           const std::filesystem::path& state_dir) {
  PluginFacts facts = prepare_plugin(pipeline.plugin, state_dir);
  probe(pipeline, facts, state_dir);
  return facts;
}

PluginFiles::PluginFiles(config::Pipeline pipeline, std::filesystem::path state_dir,
                         PluginMetrics& metrics, const Clock& clock)
    : pipeline_(std::move(pipeline)),
      state_dir_(std::move(state_dir)),
      metrics_(metrics),
      clock_(clock) {}

PluginFacts PluginFiles::read(const config::Plugin& plugin) {
  return prepare_plugin(plugin, state_dir_);
}

void PluginFiles::prove(const config::Plugin& plugin, const PluginFacts& facts) {
  config::Pipeline pipeline = pipeline_;
  pipeline.plugin = plugin;
  probe(pipeline, facts, state_dir_);
}

std::unique_ptr<Generation> PluginFiles::make(std::uint32_t number, const PluginFacts& facts,
                                              const config::Plugin& plugin) {
  pipeline_.plugin = plugin;
  return std::make_unique<Generation>(number, facts,
                                      make_isolation(facts, pipeline_, metrics_, clock_));
}

}  // namespace tidegate
