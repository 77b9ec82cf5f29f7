// SPDX-License-Identifier: Apache-2.0
#include "host/handle/generation.hpp"

#include <utility>

namespace tidegate {

Generation::Generation(std::uint32_t number, const PluginFacts& plugin,
                       std::unique_ptr<Isolation> isolation)
    : isolation_(std::move(isolation)),
      workers_(isolation_->make_slots()),
      version_(std::make_shared<PluginVersion>(PluginVersion{number, plugin.identity.name,
                                                             plugin.identity.version, plugin.sha256,
                                                             isolation_->batch_messages()})) {}

void Generation::add_to(HandlerFigures& figures) const {
  for (const auto& worker : workers_) figures.add(worker->stats());
  const WorkerCounts counts = processes();
  figures.worker_deaths += counts.deaths;
  figures.worker_failed_starts += counts.failed_starts;
}

void Generation::add_running(std::vector<CallInfo>& calls) const {
  for (const auto& worker : workers_) {
    if (auto call = worker->running().read()) calls.push_back(std::move(*call));
  }
}

}  // namespace tidegate
