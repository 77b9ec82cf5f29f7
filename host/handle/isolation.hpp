// SPDX-License-Identifier: Apache-2.0
//
// Where the handler calls of one version of a plugin run: in the host (thread) or in a worker
// process. Thread rule: construct and destroy on [main] or [swap]; the rest [any].
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "host/base/child_user.hpp"
#include "host/base/config/model.hpp"
#include "host/handle/call_policy.hpp"
#include "host/handle/chunk_worker.hpp"
#include "host/handle/plugin/plugin_library.hpp"

namespace tidegate {

class PluginMetrics;

// The worker processes of one version; all zero with isolation = "thread".
struct WorkerCounts {
  std::uint64_t deaths = 0;  // by themselves, or for a call that hung
  std::uint64_t failed_starts = 0;
  pid_t pid = 0;   // of the one that runs; 0: none
  UserIds user{};  // as whom
};

class Isolation {
 public:
  virtual ~Isolation() = default;
  // One for each slot; they use this, which outlives them.
  [[nodiscard]] virtual std::vector<std::unique_ptr<ChunkWorker>> make_slots() = 0;
  // Messages of one handle_batch call; 1 when the plugin has none.
  [[nodiscard]] virtual std::uint32_t batch_messages() const = 0;
  [[nodiscard]] virtual WorkerCounts workers() const { return {}; }
};

// As the pipeline's `isolation` says. Throws PluginRefused when the plugin cannot be loaded or its
// create fails. plugin_metrics and clock outlive it.
[[nodiscard]] std::unique_ptr<Isolation> make_isolation(const PluginFacts& plugin,
                                                        const config::Pipeline& pipeline,
                                                        PluginMetrics& plugin_metrics,
                                                        const Clock& clock);

}  // namespace tidegate
