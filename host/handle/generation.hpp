// SPDX-License-Identifier: Apache-2.0
//
// One version of a plugin, ready for calls: loaded with its instances, or in a worker process of
// its own, with a worker for each slot. A hot swap is nothing but a second one that the slots take
// instead of the first; a rollback is the same the other way round. Thread rule: construct and
// destroy on [main] or [swap], while no slot works with it; the rest [any].
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "host/handle/chunk_worker.hpp"
#include "host/handle/handler_figures.hpp"
#include "host/handle/isolation.hpp"
#include "host/handle/plugin_version.hpp"
#include "host/handle/running_call.hpp"

namespace tidegate {

class Generation {
 public:
  // number: counted from 1. REQUIRES: the isolation was made of the same facts.
  Generation(std::uint32_t number, const PluginFacts& plugin, std::unique_ptr<Isolation> isolation);

  [[nodiscard]] const PluginVersionPtr& version() const { return version_; }
  [[nodiscard]] std::size_t slots() const { return workers_.size(); }
  [[nodiscard]] ChunkWorker& worker(std::size_t slot) { return *workers_[slot]; }

  // Since it was made.
  void add_to(HandlerFigures& figures) const;
  [[nodiscard]] WorkerCounts processes() const { return isolation_->workers(); }
  void add_running(std::vector<CallInfo>& calls) const;

 private:
  std::unique_ptr<Isolation> isolation_;
  std::vector<std::unique_ptr<ChunkWorker>> workers_;
  PluginVersionPtr version_;
};

}  // namespace tidegate
