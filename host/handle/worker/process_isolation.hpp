// SPDX-License-Identifier: Apache-2.0
//
// isolation = "process": the plugin is never loaded here; a worker process has it, and the slots of
// the host speak with that one. Thread rule: as Isolation.
#pragma once

#include <memory>
#include <vector>

#include "host/handle/isolation.hpp"
#include "host/handle/worker/worker_supervisor.hpp"

namespace tidegate {

class ProcessIsolation final : public Isolation {
 public:
  // Waits until the worker is ready. Throws PluginRefused with the reason when it does not become
  // that (create_failed), or cannot run as its user (no_user).
  ProcessIsolation(const PluginFacts& plugin, const config::Pipeline& pipeline,
                   PluginMetrics& plugin_metrics, const Clock& clock);

  std::vector<std::unique_ptr<ChunkWorker>> make_slots() override;
  [[nodiscard]] std::uint32_t batch_messages() const override {
    return supervisor_->has_batches() ? policy_.batch_messages : 1;
  }
  [[nodiscard]] WorkerCounts workers() const override {
    return {supervisor_->deaths(), supervisor_->failed_starts(), supervisor_->pid(),
            supervisor_->user()};
  }

 private:
  const CallPolicy policy_;
  const Clock& clock_;
  const std::uint32_t slots_;
  const HostPluginLog log_;
  std::unique_ptr<WorkerSupervisor> supervisor_;
};

}  // namespace tidegate
