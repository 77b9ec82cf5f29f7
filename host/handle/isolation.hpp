// SPDX-License-Identifier: Apache-2.0
//
// Where a pipeline's handler calls run: in the host (thread) or in a worker process. Thread rule:
// construct and destroy on [main]; the rest [any].
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "host/base/config/model.hpp"
#include "host/base/metrics/snapshot.hpp"
#include "host/handle/call_policy.hpp"
#include "host/handle/chunk_worker.hpp"
#include "host/handle/plugin/plugin_library.hpp"

namespace tidegate {

class PluginMetrics;

class Isolation {
 public:
  virtual ~Isolation() = default;
  // One for each slot; they use this, which outlives them.
  [[nodiscard]] virtual std::vector<std::unique_ptr<ChunkWorker>> make_slots() = 0;
  [[nodiscard]] virtual bool has_batches() const = 0;
  virtual void add_to(metrics::PipelineSnapshot& snapshot) const = 0;
};

// As the pipeline's `isolation` says. Throws PluginRefused when the plugin cannot be loaded or its
// create fails. All arguments but the facts outlive it.
[[nodiscard]] std::unique_ptr<Isolation> make_isolation(
    const PluginFacts& plugin, const config::Pipeline& pipeline, const CallPolicy& policy,
    const std::filesystem::path& state_dir, PluginMetrics& plugin_metrics, const Clock& clock);

}  // namespace tidegate
